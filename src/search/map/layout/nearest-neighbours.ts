import { newGraph, rankRows, searchGraph } from '../../vector-index/embedded/usearch-graph.ts';

// Only erasable TypeScript: worker threads run this file from source.

/** The nearest others of each of `count` points, `k` for each, the nearest first. */
export interface Neighbours {
  readonly count: number;
  readonly k: number;
  /** The positions of points; -1 if fewer were found. */
  readonly positions: Int32Array;
  /** Cosine similarities; 0 where there is no neighbour. */
  readonly similarities: Float32Array;
}

/** Up to so many points are compared with all others, which takes half a second. */
const COMPARED = 1_000;
const QUERIES = 250;
const CHUNK = 512;
/** Searching for more than are needed finds nearly all of the true ones. */
const CANDIDATES = 64;
const GRAPH = { quantization: 'f16', connectivity: 16, expansionAdd: 128 } as const;

/**
 * Finds the `k` nearest others among unit vectors, the rows of a matrix that begins at the start of its buffer. One
 * thread gives the same result every time. `onProgress` receives the share that is done.
 */
export function nearestNeighbours(
  vectors: Float32Array,
  dimension: number,
  k: number,
  onProgress: (share: number) => void,
): Neighbours {
  const count = vectors.length / dimension;
  const found = {
    count,
    k,
    positions: new Int32Array(count * k).fill(-1),
    similarities: new Float32Array(count * k),
  };
  if (count <= COMPARED) compareAll(vectors, dimension, found);
  else walkGraph(vectors, dimension, found, onProgress);
  return found;
}

function compareAll(vectors: Float32Array, dimension: number, found: Neighbours): void {
  const { count, k } = found;
  for (let start = 0; start < count; start += QUERIES) {
    const queries = vectors.slice(start * dimension, (start + QUERIES) * dimension);
    const wanted = Math.min(k + 1, count);
    const { rows, similarities } = rankRows(vectors, count, queries, dimension, wanted);
    for (let query = 0; query < queries.length / dimension; query++) {
      const from = query * wanted;
      take(found, start + query, rows.subarray(from, from + wanted), (at) => similarities[from + at]!);
    }
  }
}

function walkGraph(
  vectors: Float32Array,
  dimension: number,
  found: Neighbours,
  onProgress: (share: number) => void,
): void {
  const { count, k } = found;
  const graph = newGraph(dimension, GRAPH);
  for (let start = 0; start < count; start += CHUNK) {
    const rows = Math.min(CHUNK, count - start);
    const keys = BigUint64Array.from({ length: rows }, (_key, at) => BigInt(start + at));
    graph.add(keys, vectors.slice(start * dimension, (start + rows) * dimension), 1);
    onProgress((start + rows) / count / 2);
  }
  for (let point = 0; point < count; point++) {
    const vector = vectors.slice(point * dimension, (point + 1) * dimension);
    const { keys, distances } = searchGraph(graph, vector, Math.max(CANDIDATES, k + 1));
    take(found, point, keys, (at) => 1 - distances[at]!);
    if (point % CHUNK === 0) onProgress(0.5 + point / count / 2);
  }
}

function take(
  { k, positions, similarities }: Neighbours,
  point: number,
  others: ArrayLike<number>,
  similarityOf: (at: number) => number,
): void {
  let taken = 0;
  for (let at = 0; at < others.length && taken < k; at++) {
    const other = others[at]!;
    if (other === point) continue;
    positions[point * k + taken] = other;
    similarities[point * k + taken] = Math.min(1, Math.max(-1, similarityOf(at)));
    taken += 1;
  }
}
