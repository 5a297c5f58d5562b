import { cosine } from '../ranking/cosine.ts';
import { encode, type VectorCodes } from '../ranking/vector-codes.ts';
import type { Shortening } from './shortening.ts';
import { rankRows, searchGraph, type Graph } from '../usearch-graph.ts';

// Only erasable TypeScript: worker threads run this file from source.

/** The numbers of candidates to try, each a sixteenth larger than the one before. */
const LEVELS = { from: 128, to: 1_536, factor: 17 / 16 };
/** How many nearest neighbours to look for. */
const NEIGHBOURS = 10;
/**
 * The recall to reach in a graph of shortened vectors and in one of whole vectors, with queries halfway between
 * two vectors, which are the hardest. With the benchmark's 100,000 vectors, recall is then 0.99 for photographs
 * unlike them and 0.999 for queries like them.
 */
const WANTED_RECALL = { shortened: 0.97, whole: 0.94 };
/** With less than this, the graph is not used at all. */
const NEEDED_RECALL = 0.9;
const CHUNK_ROWS = 1_024;

/**
 * Finds out how many candidates must be taken from the graph to find almost always the ten nearest, by trying it
 * with the vectors themselves. Null if even many are not enough, so that comparing all codes is better. How hard
 * a graph is to search depends more on the data than on its settings.
 */
export function candidatesNeeded(
  graph: Graph,
  shortening: Shortening,
  codes: VectorCodes,
  samples: readonly Float32Array[],
  threads: number,
  /** Called often; may throw to stop. */
  onStep: () => void = () => undefined,
): number | null {
  const queries = samples.map((sample, at) => between(sample, samples[(at + 1) % samples.length]!));
  const truth = nearest(codes, queries, threads, onStep);
  const short = queries.map((query) => shortening.apply(query));
  const goal = shortening.axes === undefined ? WANTED_RECALL.whole : WANTED_RECALL.shortened;
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

/** The standard deviation of the difference between the similarity of two codes and that of their vectors. */
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

/** The ids of the nearest neighbours of each query, by their codes. */
function nearest(
  codes: VectorCodes,
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
      if (list.length > 20 * NEIGHBOURS) keepNearest(list);
    }
  }
  return best.map((list) => keepNearest(list).map(({ id }) => id));
}

function keepNearest<Item extends { similarity: number }>(list: Item[]): Item[] {
  list.sort((a, b) => b.similarity - a.similarity);
  list.length = Math.min(list.length, NEIGHBOURS);
  return list;
}
