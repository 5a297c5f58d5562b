/**
 * Measures what a projection saves: compares vectors at full length with the same vectors, shortened by a projection
 * that is fitted as for a dataset, each in an embedded index of its own. All queries are sent to one index, then to the
 * other, in turn. So other load on the machine affects both, and each has the processor's caches to itself, as in
 * service.
 *
 *     npm run build
 *     npm run bench -- search --project 128 [--vectors 100000] [--gallery FILE]
 *
 * vector-index.ts describes FILE. Recall is relative to exact search in the space of the index.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type * as Fit from '../src/embeddings/projection/fitting/fit-axes.ts';
import type * as Projections from '../src/embeddings/projection/projection.ts';
import { built, DEFAULTS, NAME, openIndex, sizeOf, startInFreshProcess } from './vector-index.ts';
import {
  entriesOf,
  exactSearch,
  firstWith,
  makeData,
  mean,
  quantile,
  readGallery,
  recallOf,
  seconds,
  table,
  type BenchData,
} from './vectors.ts';

const K = 10;
/** The targets: how many times faster and smaller the short vectors should be. */
const TARGETS = { speed: 4, size: 8 };

/** An index of the vectors at one length. */
interface Subject {
  readonly dimension: number;
  readonly folder: string;
  readonly data: BenchData;
  readonly queries: readonly Float32Array[];
  readonly warmUps: readonly Float32Array[];
  readonly index: Awaited<ReturnType<typeof openIndex>>['index'];
  readonly close: () => Promise<void>;
  readonly loadSeconds: number;
  readonly buildSeconds: number;
  /** Milliseconds of each search. */
  readonly times: number[];
  /** The recall of each query. */
  readonly recalls: number[];
}

interface Sizes {
  readonly databaseMB: number;
  readonly filesMB: number;
  /** The size that the index reports. */
  readonly ownMB: number;
  readonly memoryMB: number;
  readonly startSeconds: number;
}

const { values } = parseArgs({
  options: {
    project: { type: 'string', default: '128' },
    vectors: { type: 'string', default: '100000' },
    dimension: { type: 'string', default: `${DEFAULTS.dimension}` },
    queries: { type: 'string', default: `${DEFAULTS.queries}` },
    rounds: { type: 'string', default: '5' },
    gallery: { type: 'string' },
  },
});
const vectors = Number(values.vectors);
const dimension = Number(values.dimension);
const shortDimension = Number(values.project);
const queryCount = Number(values.queries);
const rounds = Number(values.rounds);
/** The vectors, the timed queries and the queries for warming up. */
const count = vectors + 2 * queryCount;
const gallery = values.gallery === undefined ? undefined : readGallery(values.gallery);

/** Projects the vectors and queries. The projection is fitted on the vectors of the index. */
async function projected(whole: BenchData): Promise<{ data: BenchData; applyMs: number }> {
  const { fitAxes, FITTING_SAMPLE } = await built<typeof Fit>('embeddings/projection/fit-axes.js');
  const { Projection } = await built<typeof Projections>('embeddings/projection/projection.js');
  const sampled = Math.min(vectors, FITTING_SAMPLE);
  const sample = Array.from({ length: sampled }, (_, at) =>
    whole.vector(Math.floor((at * vectors) / sampled)),
  );
  const fitted = await fitAxes(sample, { dimension, count: shortDimension });
  const projection = new Projection(fitted, 1, new Date());
  const matrix = new Float32Array(count * shortDimension);
  const vector = (at: number) => matrix.subarray(at * shortDimension, (at + 1) * shortDimension);
  const took = await seconds(async () => {
    for (let at = 0; at < count; at += 1) vector(at).set(projection.apply(whole.vector(at)));
  });
  return { data: { matrix, vector, labels: whole.labels }, applyMs: (1000 * took) / count };
}

async function load(data: BenchData, length: number): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), 'lookalike-bench-'));
  const { index, close } = await openIndex(folder);
  try {
    await index.create({ name: NAME, dimension: length, model: 'bench' });
    say(`${length} numbers: writing`);
    const loadSeconds = await seconds(() => index.load(NAME, entriesOf(data, vectors)));
    say(`${length} numbers: building`);
    const buildSeconds = await seconds(() => index.optimise(NAME));
    // Exact search does not accept a view of another array as a query.
    const rest = Array.from({ length: 2 * queryCount }, (_, at) => data.vector(vectors + at).slice());
    const [queries, warmUps] = [rest.slice(0, queryCount), rest.slice(queryCount)];
    return {
      ...{ dimension: length, folder, data, queries, warmUps, index, close, loadSeconds, buildSeconds },
      ...{ times: [], recalls: [] },
    };
  } catch (error) {
    await close();
    rmSync(folder, { recursive: true });
    throw error;
  }
}

/** Times both in turn. They alternate in going first, and each is warmed up by queries that are not timed. */
async function searchByTurns(subjects: readonly Subject[]): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    say(`searching, round ${round + 1} of ${rounds}`);
    for (const { index, warmUps, queries, times } of round % 2 === 0 ? subjects : subjects.toReversed()) {
      for (const vector of warmUps) await index.search(NAME, { vector, k: K });
      for (const vector of queries) {
        const begun = performance.now();
        await index.search(NAME, { vector, k: K });
        times.push(performance.now() - begun);
      }
    }
  }
}

async function measureRecall(subject: Subject): Promise<void> {
  for (const [at, vector] of subject.queries.entries()) {
    const { matches } = await subject.index.search(NAME, { vector, k: K });
    subject.recalls.push(recallOf(idsOf(matches), truthOf(subject, at)));
  }
}

function truthOf({ data, dimension: length, queries }: Subject, at: number): Set<number> {
  const matrix = data.matrix.subarray(0, vectors * length);
  const { keys } = exactSearch(matrix, queries[at]!, length, K, 'cos');
  return firstWith(data.labels, keys, undefined, K);
}

const idsOf = (matches: readonly { id: number }[]) => matches.map(({ id }) => id);

/** Closes the index, because the size of its files is final only once the write-ahead log is merged. */
async function sizesOf({ index, folder, close, dimension: length }: Subject): Promise<Sizes> {
  const ownMB = (await index.sizeOf(NAME)) / 1e6;
  await close();
  const { startSeconds, startRssMB, rssMB } = startInFreshProcess(folder, length, queryCount);
  return {
    ownMB,
    databaseMB: sizeOf(folder, (file) => file.startsWith('lookalike.db')),
    filesMB: sizeOf(join(folder, 'indexes'), () => true),
    memoryMB: Math.max(startRssMB, rssMB),
    startSeconds,
  };
}

function format(subjects: readonly Subject[], sizes: readonly Sizes[], applyMs: number): string {
  const [whole, short] = subjects as [Subject, Subject];
  const p50 = ({ times }: Subject) => quantile(times, 0.5);
  const onDisk = (at: number) => sizes[at]!.databaseMB + sizes[at]!.filesMB;
  const rows = subjects.map((subject, at) => [
    `${subject.dimension}`,
    subject.loadSeconds.toFixed(1),
    subject.buildSeconds.toFixed(1),
    mean(subject.recalls).toFixed(4),
    p50(subject).toFixed(3),
    quantile(subject.times, 0.99).toFixed(3),
    sizes[at]!.databaseMB.toFixed(1),
    sizes[at]!.filesMB.toFixed(1),
    onDisk(at).toFixed(1),
    sizes[at]!.ownMB.toFixed(1),
    sizes[at]!.startSeconds.toFixed(2),
    sizes[at]!.memoryMB.toFixed(0),
  ]);
  const head = [
    ...[`${vectors} vectors of … numbers`, 'load s', 'build s', `recall@${K}`, 'p50 ms', 'p99 ms'],
    ...['database MB', 'index MB', 'together MB', 'sizeOf MB', 'start s', 'memory MB'],
  ];
  const byRound = Array.from({ length: rounds }, (_, round) => {
    const ofRound = ({ times }: Subject) =>
      quantile(times.slice(round * queryCount, (round + 1) * queryCount), 0.5);
    return (ofRound(whole) / ofRound(short)).toFixed(2);
  });
  const ratio = (name: string, value: number, target: number) =>
    `${name}: ${value.toFixed(2)} (to reach: ${target}, ${value >= target ? 'reached' : 'missed'})`;
  return [
    table([head, ...rows]),
    [
      ratio('times as fast, p50', p50(whole) / p50(short), TARGETS.speed),
      `  by round: ${byRound.join(' ')}`,
      ratio('times as small, on disk', onDisk(0) / onDisk(1), TARGETS.size),
      `times as small, by sizeOf: ${(sizes[0]!.ownMB / sizes[1]!.ownMB).toFixed(2)}`,
      `to project a vector, not counted above: ${applyMs.toFixed(3)} ms`,
    ].join('\n'),
  ].join('\n\n');
}

function say(step: string): void {
  console.error(step);
}

say(`making ${vectors} vectors`);
const { noise, seed } = DEFAULTS;
const data = makeData({ gallery, dimension, noise, seed }, count);
say(`projecting them to ${shortDimension} numbers`);
const { data: short, applyMs } = await projected(data);
const subjects: Subject[] = [];
try {
  subjects.push(await load(data, dimension));
  subjects.push(await load(short, shortDimension));
  for (const subject of subjects) await measureRecall(subject);
  await searchByTurns(subjects);
  const sizes: Sizes[] = [];
  for (const subject of subjects) sizes.push(await sizesOf(subject));
  console.log(format(subjects, sizes, applyMs));
} finally {
  for (const { close, folder } of subjects) {
    await close();
    rmSync(folder, { recursive: true });
  }
}
