/**
 * The embedded vector index by size: build time, latency, recall against exact search, label filters,
 * start and memory. Every ratio is of one run.
 *
 *     npm run build
 *     node --disable-warning=ExperimentalWarning bench/vector-index.ts --vectors 100000 --gallery FILE
 *
 * FILE holds float32 numbers, little-endian, `--dimension` of them a vector: embeddings of real
 * pictures. Each vector of the index is a normalised random mix of two of them plus Gaussian noise.
 * Without a file, clustered random vectors stand in.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type * as DatabaseApp from '../src/database/index.ts';
import type * as Embedded from '../src/search/adapters/embedded.vector-index.ts';
import type * as Migrations from '../src/search/migrations/index.ts';

export interface VectorIndexBenchOptions {
  /** Sizes to measure, rising; filters and the start are measured with the last. */
  readonly sizes: readonly number[];
  readonly dimension: number;
  /** Vectors one after the other; a stand-in where there is none. */
  readonly gallery?: Float32Array;
  /** Standard deviation of the noise in each number. */
  readonly noise: number;
  readonly queries: number;
  readonly k: number;
  readonly seed: number;
  /** Told what is being done. */
  readonly onStep?: (step: string) => void;
}

export const DEFAULTS: VectorIndexBenchOptions = {
  sizes: [1_000, 10_000, 100_000],
  dimension: 1280,
  noise: 0.012,
  queries: 200,
  k: 10,
  seed: 1,
};

export interface Latency {
  readonly recall: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** p50 of exact search over all vectors ÷ this p50. */
  readonly speedup: number;
}

export interface SizeReport extends Latency {
  readonly vectors: number;
  readonly upsertSeconds: number;
  readonly buildSeconds: number;
  readonly exactP50Ms: number;
  readonly databaseMB: number;
  readonly indexMB: number;
  /** In a fresh process: from nothing to ready, and memory after `queries` searches. */
  readonly startSeconds: number;
  readonly startRssMB: number;
  readonly rssMB: number;
  /** 2 × the half-precision vectors + 300 MB. */
  readonly rssLimitMB: number;
}

export interface FilterReport extends Latency {
  readonly label: string;
  readonly share: number;
}

export interface VectorIndexReport {
  readonly dimension: number;
  readonly k: number;
  readonly queries: number;
  readonly gallery: 'given' | 'stand-in';
  readonly sizes: SizeReport[];
  readonly filters: FilterReport[];
}

const NAME = 'bench';
/** Labels given at random, by the share of the vectors that have them. */
const RANDOM_LABELS: Readonly<Record<string, number>> = {
  '0.1 %': 0.001,
  '1 %': 0.01,
  '10 %': 0.1,
  '50 %': 0.5,
};
const REGIONS = 10;
/** Queries of one kind in a row. */
const TURN = 20;

interface Usearch {
  exactSearch: (
    matrix: Float32Array,
    query: Float32Array,
    dimension: number,
    k: number,
    metric: 'cos',
  ) => { keys: BigUint64Array };
}
const { exactSearch } = createRequire(import.meta.url)('usearch') as Usearch;

export async function benchVectorIndex(
  options: Partial<VectorIndexBenchOptions> = {},
): Promise<VectorIndexReport> {
  const settings = { ...DEFAULTS, ...options };
  const { sizes, dimension, queries, k, onStep } = settings;
  const largest = sizes.at(-1) ?? 0;
  onStep?.(`making ${largest} vectors`);
  const data = makeData(settings, largest + queries);
  const report: VectorIndexReport = {
    dimension,
    k,
    queries,
    gallery: settings.gallery ? 'given' : 'stand-in',
    sizes: [],
    filters: [],
  };
  for (const size of sizes) {
    const folder = mkdtempSync(join(tmpdir(), 'lookalike-bench-'));
    try {
      const { sizeReport, filters } = await benchSize(settings, data, largest, size, folder);
      report.sizes.push(sizeReport);
      if (size === largest) report.filters.push(...filters);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  return report;
}

async function benchSize(
  { dimension, queries, k, onStep }: VectorIndexBenchOptions,
  data: BenchData,
  firstQuery: number,
  size: number,
  folder: string,
): Promise<{ sizeReport: SizeReport; filters: FilterReport[] }> {
  const matrix = data.matrix.subarray(0, size * dimension);
  const queryVectors = Array.from({ length: queries }, (_, at) => data.vector(firstQuery + at).slice());
  const { index, close } = await openIndex(folder);
  try {
    await index.create({ name: NAME, dimension, model: 'bench' });
    onStep?.(`${size}: writing`);
    const upsertSeconds = await seconds(async () => {
      for (let from = 0; from < size; from += 1000) {
        const entries = Array.from({ length: Math.min(1000, size - from) }, (_, at) => ({
          id: from + at + 1,
          vector: data.vector(from + at),
          labels: data.labels[from + at]!,
          externalId: `image-${from + at + 1}`,
        }));
        await index.upsert(NAME, entries);
      }
    });
    onStep?.(`${size}: building`);
    const buildSeconds = await seconds(() => index.optimise(NAME));

    onStep?.(`${size}: searching`);
    const labels = ['all', ...Object.keys(RANDOM_LABELS), 'region 3'];
    const times = new Map(labels.map((label) => [label, [] as number[]]));
    const recalls = new Map(labels.map((label) => [label, [] as number[]]));
    const found = new Map(labels.map((label) => [label, [] as number[][]]));
    const exactTimes: number[] = [];
    for (const vector of queryVectors.slice(0, 20)) await index.search(NAME, { vector, k });
    // By turns, so that whatever else the machine does meanwhile falls upon all alike.
    for (let from = 0; from < queries; from += TURN) {
      const turn = queryVectors.slice(from, from + TURN);
      for (const vector of turn) {
        const begun = performance.now();
        exactSearch(matrix, vector, dimension, Math.min(k, size), 'cos');
        exactTimes.push(performance.now() - begun);
      }
      for (const label of labels) {
        for (const vector of turn) {
          const query = { vector, k, ...(label === 'all' ? {} : { labels: [label] }) };
          const begun = performance.now();
          const { matches } = await index.search(NAME, query);
          times.get(label)!.push(performance.now() - begun);
          found.get(label)!.push(matches.map(({ id }) => id));
        }
      }
    }
    for (const [at, vector] of queryVectors.entries()) {
      const ranking = exactSearch(matrix, vector, dimension, size, 'cos').keys;
      for (const label of labels) {
        const truth = firstWith(data.labels, ranking, label === 'all' ? undefined : label, k);
        const hits = found.get(label)![at]!.filter((id) => truth.has(id)).length;
        recalls.get(label)!.push(truth.size === 0 ? 1 : hits / truth.size);
      }
    }
    const exactP50Ms = quantile(exactTimes, 0.5);
    const latency = (label: string): Latency => ({
      recall: mean(recalls.get(label)!),
      p50Ms: quantile(times.get(label)!, 0.5),
      p99Ms: quantile(times.get(label)!, 0.99),
      speedup: exactP50Ms / quantile(times.get(label)!, 0.5),
    });
    await close();

    onStep?.(`${size}: starting`);
    const start = startInFreshProcess(folder, dimension, queries);
    return {
      sizeReport: {
        vectors: size,
        ...latency('all'),
        upsertSeconds,
        buildSeconds,
        exactP50Ms,
        databaseMB: sizeOf(folder, (file) => file.startsWith('lookalike.db')),
        indexMB: sizeOf(join(folder, 'indexes'), () => true),
        ...start,
        rssLimitMB: (2 * 2 * size * dimension) / 1e6 + 300,
      },
      filters: labels.slice(1).map((label) => ({
        label,
        share: data.labels.slice(0, size).filter((all) => all.includes(label)).length / size,
        ...latency(label),
      })),
    };
  } finally {
    await close();
  }
}

/** The ids of the first k of the ranking that have the label. */
function firstWith(
  labels: readonly string[][],
  ranking: BigUint64Array,
  label: string | undefined,
  k: number,
): Set<number> {
  const ids = new Set<number>();
  for (const key of ranking) {
    if (ids.size === k) break;
    if (label === undefined || labels[Number(key)]!.includes(label)) ids.add(Number(key) + 1);
  }
  return ids;
}

interface BenchData {
  readonly matrix: Float32Array;
  readonly labels: string[][];
  readonly vector: (at: number) => Float32Array;
}

function makeData({ gallery, dimension, noise, seed }: VectorIndexBenchOptions, count: number): BenchData {
  const random = seededRandom(seed);
  const rows = gallery ? splitRows(gallery, dimension) : standIn(dimension, random);
  const matrix = new Float32Array(count * dimension);
  const labels: string[][] = [];
  const vector = (at: number) => matrix.subarray(at * dimension, (at + 1) * dimension);
  // Drawing 128 million normal numbers takes longer than all else; a pool of a million is enough.
  const pool = Float32Array.from({ length: 1 << 20 }, () => noise * normal(random));
  for (let at = 0; at < count; at++) {
    const one = Math.floor(random() * rows.length);
    const first = rows[one]!;
    const second = rows[Math.floor(random() * rows.length)]!;
    const share = random();
    const mixed = vector(at);
    for (let axis = 0; axis < dimension; axis++)
      mixed[axis] = share * first[axis]! + (1 - share) * second[axis]!;
    normalise(mixed);
    const offset = Math.floor(random() * (pool.length - dimension));
    for (let axis = 0; axis < dimension; axis++) mixed[axis]! += pool[offset + axis]!;
    normalise(mixed);
    // Beside labels that lie anywhere, one that lies where some of the pictures do.
    const region = Math.floor((one / rows.length) * REGIONS);
    labels.push([
      ...Object.keys(RANDOM_LABELS).filter((label) => random() < RANDOM_LABELS[label]!),
      `region ${region}`,
    ]);
  }
  return { matrix, labels, vector };
}

function splitRows(numbers: Float32Array, dimension: number): Float32Array[] {
  if (numbers.length === 0 || numbers.length % dimension !== 0) {
    throw new Error(`The gallery does not hold vectors of ${dimension} numbers`);
  }
  return Array.from({ length: numbers.length / dimension }, (_, at) => {
    const row = numbers.slice(at * dimension, (at + 1) * dimension);
    normalise(row);
    return row;
  });
}

/** As a network gives them: not negative, in clusters, the clusters one after the other. */
function standIn(dimension: number, random: () => number): Float32Array[] {
  const make = (about: Float32Array | undefined) => {
    const row = Float32Array.from({ length: dimension }, (_, axis) =>
      Math.max(0, about ? about[axis]! + 0.02 * normal(random) : normal(random)),
    );
    normalise(row);
    return row;
  };
  const centres = Array.from({ length: REGIONS }, () => make(undefined));
  return centres.flatMap((centre) => Array.from({ length: 80 }, () => make(centre)));
}

function normalise(vector: Float32Array): void {
  let square = 0;
  for (const value of vector) square += value * value;
  const scale = 1 / Math.sqrt(square);
  for (let axis = 0; axis < vector.length; axis++) vector[axis]! *= scale;
}

/** mulberry32 */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** The built files are measured: they are what runs, and the sources need more than Node to run. */
async function openIndex(folder: string): Promise<{
  index: Embedded.EmbeddedVectorIndex;
  close: () => Promise<void>;
}> {
  const dist = new URL('../dist/', import.meta.url);
  if (!existsSync(new URL('search/adapters/embedded.vector-index.js', dist))) {
    throw new Error('There is no build to measure: run `npm run build` first');
  }
  const built = (file: string) => import(new URL(file, dist).href);
  const { Database, migrate } = (await built('database/index.js')) as typeof DatabaseApp;
  const { searchMigrations } = (await built('search/migrations/index.js')) as typeof Migrations;
  const { EmbeddedVectorIndex } = (await built(
    'search/adapters/embedded.vector-index.js',
  )) as typeof Embedded;
  const database = Database.open(folder);
  await migrate(database, searchMigrations);
  const index = new EmbeddedVectorIndex(database, join(folder, 'indexes'), undefined, { background: false });
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await index.close();
    await database.close();
  };
  return { index, close };
}

type Start = Pick<SizeReport, 'startSeconds' | 'startRssMB' | 'rssMB'>;

function startInFreshProcess(folder: string, dimension: number, queries: number): Start {
  const args = ['--start', folder, '--dimension', `${dimension}`, '--queries', `${queries}`];
  const output = execFileSync(process.execPath, [
    ...process.execArgv,
    fileURLToPath(import.meta.url),
    ...args,
  ]);
  return JSON.parse(output.toString()) as Start;
}

async function start(folder: string, dimension: number, queries: number): Promise<Start> {
  const begun = performance.now();
  const { index, close } = await openIndex(folder);
  await index.open();
  const startSeconds = (performance.now() - begun) / 1000;
  const startRssMB = process.memoryUsage.rss() / 1e6;
  const random = seededRandom(2);
  for (let at = 0; at < queries; at++) {
    await index.search(NAME, { vector: Float32Array.from({ length: dimension }, random), k: 10 });
  }
  const rssMB = process.memoryUsage.rss() / 1e6;
  await close();
  return { startSeconds, startRssMB, rssMB };
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Megabytes of the files in the folder. */
function sizeOf(folder: string, isCounted: (file: string) => boolean): number {
  try {
    const files = readdirSync(folder).filter(isCounted);
    return files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0) / 1e6;
  } catch {
    return 0;
  }
}

/** Two tables in Markdown. */
export function formatVectorIndexReport({ sizes, filters, k, dimension }: VectorIndexReport): string {
  const table = (rows: string[][]) => rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
  const rule = (head: string[]) => head.map(() => '---');
  const latencyHead = [`recall@${k}`, 'p50 ms', 'p99 ms', 'exact p50 ÷ p50'];
  const latency = ({ recall, p50Ms, p99Ms, speedup }: Latency) => [
    recall.toFixed(4),
    p50Ms.toFixed(2),
    p99Ms.toFixed(2),
    speedup.toFixed(1),
  ];
  const sizeHead = [
    `vectors × ${dimension}`,
    'write s',
    'build s',
    ...latencyHead,
    'exact p50 ms',
    'database MB',
    'index MB',
    'start s',
    'memory MB',
    'allowed MB',
  ];
  const filterHead = ['label on', 'share', ...latencyHead];
  return [
    table([
      sizeHead,
      rule(sizeHead),
      ...sizes.map((size) => [
        `${size.vectors}`,
        size.upsertSeconds.toFixed(1),
        size.buildSeconds.toFixed(1),
        ...latency(size),
        size.exactP50Ms.toFixed(1),
        size.databaseMB.toFixed(0),
        size.indexMB.toFixed(0),
        size.startSeconds.toFixed(2),
        Math.max(size.startRssMB, size.rssMB).toFixed(0),
        size.rssLimitMB.toFixed(0),
      ]),
    ]),
    table([
      filterHead,
      rule(filterHead),
      ...filters.map((filter) => [filter.label, `${(100 * filter.share).toFixed(2)} %`, ...latency(filter)]),
    ]),
  ].join('\n\n');
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: {
      vectors: { type: 'string' },
      gallery: { type: 'string' },
      dimension: { type: 'string', default: `${DEFAULTS.dimension}` },
      queries: { type: 'string', default: `${DEFAULTS.queries}` },
      start: { type: 'string' },
    },
  });
  const dimension = Number(values.dimension);
  const queries = Number(values.queries);
  if (values.start !== undefined) {
    console.log(JSON.stringify(await start(values.start, dimension, queries)));
  } else {
    const largest = Number(values.vectors ?? DEFAULTS.sizes.at(-1));
    const bytes = values.gallery === undefined ? undefined : new Uint8Array(readFileSync(values.gallery));
    const report = await benchVectorIndex({
      sizes: [...DEFAULTS.sizes.filter((size) => size < largest), largest],
      dimension,
      queries,
      gallery: bytes && new Float32Array(bytes.buffer),
      onStep: (step) => console.error(step),
    });
    console.log(JSON.stringify(report));
    console.log(`\n${formatVectorIndexReport(report)}`);
  }
}
