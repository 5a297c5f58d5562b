/**
 * Measures searches of the embedded index with filters by attribute: equality and ranges that few or many entries
 * pass, two filters combined, and the first hundred hits without a filter. Recall is relative to exact search among
 * the entries that pass the filter. Each ratio compares values of the same run.
 *
 *     npm run build
 *     npm run bench -- search --filters [--vectors 100000] [--dimension 128] [--queries 200] [--gallery FILE]
 *
 * vector-index.ts describes FILE.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type * as Filters from '../src/filters/index.ts';
import type { VectorEntry } from '../src/search/vector-index/vector-index.port.ts';
import { seededRandom } from '../test/contracts/vectors.ts';
import { built, NAME, openIndex } from './vector-index.ts';
import { entriesOf, exactSearch, makeData, mean, quantile, readGallery, recallOf, table } from './vectors.ts';

const K = 10;
const DEEP = 100;
/** How many queries of one kind run in a row. */
const TURN = 20;
/** The shares of the entries that a filter selects. */
const SHARES = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5];

/** A kind of search. */
interface Kind {
  readonly what: string;
  readonly k: number;
  readonly filter?: Filters.Filter;
  readonly times: number[];
  readonly recalls: number[];
}

const { values } = parseArgs({
  options: {
    filters: { type: 'boolean' },
    vectors: { type: 'string', default: '100000' },
    dimension: { type: 'string', default: '128' },
    queries: { type: 'string', default: '200' },
    gallery: { type: 'string' },
  },
});
const count = Number(values.vectors);
const dimension = Number(values.dimension);
const queryCount = Number(values.queries);
const { AttributeType, allOf, matches } = await built<typeof Filters>('filters/index.js');

const gallery = values.gallery === undefined ? undefined : readGallery(values.gallery);
const data = makeData({ dimension, gallery, noise: 0.012, seed: 1 }, count + queryCount);
const random = seededRandom(3);
const facts = Array.from({ length: count }, (_, at) => ({
  labels: data.labels[at]!,
  attributes: attributesOf(random(), random()),
}));
const queries = Array.from({ length: queryCount }, (_, at) => data.vector(count + at).slice());

const folder = mkdtempSync(join(tmpdir(), 'lookalike-bench-'));
const { index, close } = await openIndex(folder);
try {
  await index.create({ name: NAME, dimension, model: 'bench' });
  await index.load(NAME, entries());
  await index.optimise(NAME);
  const kinds = makeKinds();
  for (const kind of kinds) for (const vector of queries.slice(0, TURN)) await search(kind, vector);
  for (const kind of kinds) kind.times.length = 0;
  // In turns, so that other work on the machine affects all kinds alike.
  const found = new Map<Kind, number[][]>(kinds.map((kind) => [kind, []]));
  for (let from = 0; from < queryCount; from += TURN) {
    for (const kind of kinds) {
      for (const vector of queries.slice(from, from + TURN))
        found.get(kind)!.push(await search(kind, vector));
    }
  }
  measureRecall(kinds, found);
  console.log(report(kinds));
} finally {
  await close();
  rmSync(folder, { recursive: true });
}

function attributesOf(position: number, price: number): Filters.Attributes {
  // One attribute for each share, so that a value selects exactly that share by equality.
  const byShare = SHARES.map((share): [string, string] => [
    `brand_${share * 1000}`,
    position < share ? 'acme' : `brand ${Math.floor(position * 50)}`,
  ]);
  return { ...Object.fromEntries(byShare), price };
}

function makeKinds(): Kind[] {
  const equal = (share: number): Filters.Filter => ({
    kind: 'attribute',
    name: `brand_${share * 1000}`,
    type: AttributeType.STRING,
    test: { op: 'in', values: ['acme'] },
  });
  const below = (share: number): Filters.Filter => ({
    kind: 'attribute',
    name: 'price',
    type: AttributeType.NUMBER,
    test: { op: 'range', lt: share },
  });
  const kind = (what: string, filter?: Filters.Filter, k = K): Kind => ({
    what,
    k,
    ...(filter && { filter }),
    times: [],
    recalls: [],
  });
  return [
    kind('no filter'),
    kind(`no filter, ${DEEP} hits`, undefined, DEEP),
    ...SHARES.map((share) => kind(`equality, ${share * 100} %`, equal(share))),
    ...SHARES.map((share) => kind(`range, ${share * 100} %`, below(share))),
    kind('10 % and 10 %', allOf(equal(0.1), below(0.1))),
    kind('50 % and 50 %', allOf(equal(0.5), below(0.5))),
  ];
}

async function search({ k, filter, times }: Kind, vector: Float32Array): Promise<number[]> {
  const begun = performance.now();
  const { matches: hits } = await index.search(NAME, { vector, k, filter });
  times.push(performance.now() - begun);
  return hits.map(({ id }) => id);
}

function measureRecall(kinds: readonly Kind[], found: ReadonlyMap<Kind, readonly number[][]>): void {
  const matrix = data.matrix.subarray(0, count * dimension);
  const passes = kinds.map(({ filter }) =>
    facts.map((fact) => filter === undefined || matches(filter, fact)),
  );
  for (const [at, vector] of queries.entries()) {
    const ranking = [...exactSearch(matrix, vector, dimension, count, 'cos').keys].map(Number);
    for (const [nth, kind] of kinds.entries()) {
      const truth = new Set<number>();
      for (const row of ranking) {
        if (truth.size === kind.k) break;
        if (passes[nth]![row]) truth.add(row + 1);
      }
      kind.recalls.push(recallOf(found.get(kind)![at]!, truth));
    }
  }
}

function report(kinds: readonly Kind[]): string {
  const bare = quantile(kinds[0]!.times, 0.5);
  const rows = kinds.map(({ what, times, recalls }) => {
    const p50 = quantile(times, 0.5);
    const p99 = quantile(times, 0.99);
    return [what, mean(recalls).toFixed(4), p50.toFixed(3), p99.toFixed(2), (p50 / bare).toFixed(2)];
  });
  return table([[`${count} × ${dimension}`, 'recall', 'p50 ms', 'p99 ms', 'p50 ÷ no filter'], ...rows]);
}

async function* entries(): AsyncGenerator<VectorEntry> {
  for await (const entry of entriesOf(data, count)) yield { ...entry, ...facts[entry.id - 1]! };
}
