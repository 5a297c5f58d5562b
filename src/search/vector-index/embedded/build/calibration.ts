import type { Codes } from '../ranking/codes.ts';
import { cosine, encode } from '../ranking/cosine.ts';
import type { Projection } from './shortening.ts';
import { rankRows, searchGraph, type Graph } from '../usearch-graph.ts';

// Type-only TypeScript: worker threads load this file as it is.

/** Candidates to try, each a sixteenth more than those before. */
const LEVELS = { from: 128, to: 1_536, factor: 17 / 16 };
const NEIGHBOURS = 10;
/**
 * The recall to reach, in a graph of shortened vectors and in one of whole ones, with queries half-way
 * between two vectors: the hardest there are. Among the benchmark's 100,000 vectors it is then .99 with
 * photographs unlike them, and .999 with queries like them.
 */
const WANTED_RECALL = { shortened: 0.97, whole: 0.94 };
/** The least that lets the graph be used at all. */
const NEEDED_RECALL = 0.9;
const CHUNK_ROWS = 1_024;

/**
 * How many candidates must be taken from the graph to find the ten nearest almost always, tried out
 * with the vectors themselves; null where even many are not enough, and comparing all codes is better.
 * How hard a graph is to search depends on the data more than on its settings.
 */
export function candidatesNeeded(
  graph: Graph,
  projection: Projection,
  codes: Codes,
  samples: readonly Float32Array[],
  threads: number,
  /** Called often meanwhile; ends it by throwing. */
  onStep: () => void = () => undefined,
): number | null {
  const queries = samples.map((sample, at) => between(sample, samples[(at + 1) % samples.length]!));
  const truth = nearest(codes, queries, threads, onStep);
  const short = queries.map((query) => projection.apply(query));
  const goal = projection.axes === undefined ? WANTED_RECALL.whole : WANTED_RECALL.shortened;
  let last: number | null = null;
  for (let tried = LEVELS.from; tried <= LEVELS.to; tried *= LEVELS.factor) {
    const level = Math.round(tried);
    if (2 * level > codes.count) break;
    let found = 0;
    let wanted = 0;
    for (const [at, ids] of truth.entries()) {
      onStep();
      const candidates = new Set(searchGraph(graph, short[at]!, level).keys);
      found += ids.filter((id) => candidates.has(id)).length;
      wanted += ids.length;
    }
    if (found >= goal * wanted) return level;
    last = found >= NEEDED_RECALL * wanted ? level : null;
  }
  return last;
}

/** By how much the similarity of two codes is off that of their vectors: the standard deviation. */
export function deviationOfCodes(samples: readonly Float32Array[]): number {
  const codes = samples.map((sample) => {
    const code = new Int8Array(sample.length);
    encode(sample, code);
    return Float32Array.from(code);
  });
  let squares = 0;
  for (const [at, sample] of samples.entries()) {
    const next = (at + 1) % samples.length;
    squares += (cosine(sample, samples[next]!) - cosine(codes[at]!, codes[next]!)) ** 2;
  }
  return Math.sqrt(squares / samples.length);
}

function between(vector: Float32Array, other: Float32Array): Float32Array {
  return vector.map((value, at) => (value + other[at]!) / 2);
}

/** The ids of the nearest to each query, by their codes. */
function nearest(
  codes: Codes,
  queries: readonly Float32Array[],
  threads: number,
  onStep: () => void,
): number[][] {
  const { dimension, count } = codes;
  const encoded = new Int8Array(queries.length * dimension);
  for (const [at, query] of queries.entries())
    encode(query, encoded.subarray(at * dimension, (at + 1) * dimension));
  const best: { id: number; similarity: number }[][] = queries.map(() => []);
  const chunk = new Int8Array(CHUNK_ROWS * dimension);
  for (let from = 0; from < count; from += CHUNK_ROWS) {
    onStep();
    const rows = Math.min(CHUNK_ROWS, count - from);
    chunk.set(codes.between(from, from + rows));
    const k = Math.min(NEIGHBOURS, rows);
    const ranking = rankRows(chunk, rows, encoded, dimension, k, threads);
    for (const [query, list] of best.entries()) {
      for (let rank = query * k; rank < (query + 1) * k; rank++) {
        list.push({ id: codes.ids[from + ranking.rows[rank]!]!, similarity: ranking.similarities[rank]! });
      }
      if (list.length > 20 * NEIGHBOURS) cut(list);
    }
  }
  return best.map((list) => cut(list).map(({ id }) => id));
}

function cut<Item extends { similarity: number }>(list: Item[]): Item[] {
  list.sort((a, b) => b.similarity - a.similarity);
  list.length = Math.min(list.length, NEIGHBOURS);
  return list;
}
