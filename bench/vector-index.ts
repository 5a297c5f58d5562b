/**
 * Measures the embedded vector index by size: build time, latency, recall against exact search, label filters,
 * start-up and memory. Each ratio compares values of the same run.
 *
 *     npm run build
 *     node --disable-warning=ExperimentalWarning bench/vector-index.ts --vectors 100000 --gallery FILE
 *
 * FILE contains embeddings of real pictures: float32 numbers, little-endian, `--dimension` of them per vector.
 * Each vector of the index is a normalised random mix of two of them plus Gaussian noise. Without a file,
 * clustered random vectors are used.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type * as DatabaseApp from '../src/database/index.ts';
import type * as Embedded from '../src/search/vector-index/embedded/embedded.vector-index.ts';
import type * as Migrations from '../src/search/migrations/index.ts';
import {
  exactSearch,
  firstWith,
  makeData,
  mean,
  quantile,
  RANDOM_LABELS,
  readGallery,
  recallOf,
  seconds,
  table,
  type BenchData,
  type DataOptions,
} from './vectors.ts';
import { seededRandom } from '../test/contracts/vectors.ts';

export interface VectorIndexBenchOptions extends DataOptions {
  /** Sizes to measure, in ascending order. Filters and start-up are measured with the last one. */
  readonly sizes: readonly number[];
  readonly queries: number;
  readonly k: number;
  /** Called with what is being done. */
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
  /** The p50 of exact search over all vectors divided by this p50. */
  readonly speedup: number;
}

export interface SizeReport extends Latency {
  readonly vectors: number;
  readonly upsertSeconds: number;
  readonly buildSeconds: number;
  readonly exactP50Ms: number;
  readonly databaseMB: number;
  readonly indexMB: number;
  /** In a fresh process: the time until it is ready, and its memory after `queries` searches. */
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

/** The name of the index that the benchmarks create. */
export const NAME = 'bench';
/** How many queries of one kind run in a row. */
const TURN = 20;

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
    // In turns, so that other work on the machine affects all kinds alike.
    for (let from = 0; from < queries; from += TURN) {
      const turn = queryVectors.slice(from, from + TURN);
      for (const vector of turn) {
        const begun = performance.now();
        exactSearch(matrix, vector, dimension, Math.min(k, size), 'cos');
        exactTimes.push(performance.now() - begun);
      }
      for (const label of labels) {
        for (const vector of turn) {
          const query = {
            vector,
            k,
            ...(label === 'all' ? {} : { filter: { kind: 'labels' as const, labels: [label] } }),
          };
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
        recalls.get(label)!.push(recallOf(found.get(label)![at]!, truth));
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

/** Loads a module from dist, because Node alone cannot run the sources. */
export async function built<Module>(file: string): Promise<Module> {
  const dist = new URL('../dist/', import.meta.url);
  if (!existsSync(new URL(file, dist))) {
    throw new Error('There is no build to measure: run `npm run build` first');
  }
  return (await import(new URL(file, dist).href)) as Module;
}

/** Opens an embedded index in this folder. */
export async function openIndex(folder: string): Promise<{
  index: Embedded.EmbeddedVectorIndex;
  close: () => Promise<void>;
}> {
  const { Database, migrate } = await built<typeof DatabaseApp>('database/index.js');
  const { searchMigrations } = await built<typeof Migrations>('search/migrations/index.js');
  const { EmbeddedVectorIndex } = await built<typeof Embedded>(
    'search/vector-index/embedded/embedded.vector-index.js',
  );
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

/** Opens the index in this folder in a separate process and searches it. */
export function startInFreshProcess(folder: string, dimension: number, queries: number): Start {
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

/** The total size of the files in the folder, in megabytes. */
export function sizeOf(folder: string, isCounted: (file: string) => boolean): number {
  try {
    const files = readdirSync(folder).filter(isCounted);
    return files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0) / 1e6;
  } catch {
    return 0;
  }
}

/** Formats the report as two Markdown tables. */
export function formatVectorIndexReport({ sizes, filters, k, dimension }: VectorIndexReport): string {
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
    const report = await benchVectorIndex({
      sizes: [...DEFAULTS.sizes.filter((size) => size < largest), largest],
      dimension,
      queries,
      gallery: values.gallery === undefined ? undefined : readGallery(values.gallery),
      onStep: (step) => console.error(step),
    });
    console.log(JSON.stringify(report));
    console.log(`\n${formatVectorIndexReport(report)}`);
  }
}
