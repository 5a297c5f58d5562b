import { createRequire } from 'node:module';

// Type-only TypeScript: worker threads load this file as it is.

/** What is used of usearch's own types. */
export interface Graph {
  add(keys: BigUint64Array, vectors: Float32Array, threads: number): void;
  /** Keys by rising distance. May give fewer than k. */
  search(vector: Float32Array, k: number, threads: number): { keys: BigUint64Array; distances: Float32Array };
  remove(keys: BigUint64Array): number[];
  size(): number;
  dimensions(): number;
  save(path: string): void;
  load(path: string): void;
}

interface Usearch {
  Index: new (options: {
    dimensions: number;
    metric: 'cos';
    quantization: 'f16';
    connectivity: number;
    expansion_add: number;
    expansion_search: number;
  }) => Graph;
  exactSearch(
    dataset: Float32Array | Int8Array,
    query: Float32Array | Int8Array,
    dimensions: number,
    k: number,
    metric: 'cos',
    threads: number,
  ): { keys: BigUint64Array; distances: Float32Array };
}

// usearch's ES-module build looks for its native part through the caller's stack, and recurses for
// ever where there is none.
const usearch = createRequire(import.meta.url)('usearch') as Usearch;

export const GRAPH_SETTINGS = { connectivity: 16, expansionAdd: 128 };

/** An empty graph: HNSW over half-precision vectors, by cosine distance. */
export function newGraph(dimension: number): Graph {
  return new usearch.Index({
    dimensions: dimension,
    metric: 'cos',
    quantization: 'f16',
    connectivity: GRAPH_SETTINGS.connectivity,
    expansion_add: GRAPH_SETTINGS.expansionAdd,
    // The candidates asked for raise it in every search: see `GRAPH_CANDIDATES`.
    expansion_search: 16,
  });
}

/**
 * All rows of the matrix by rising cosine distance from the query.
 *
 * usearch takes both arrays from the start of their buffers, whatever their offset, so neither may
 * begin within one; the number of rows, though, it takes from the array.
 */
export function rankRows<Numbers extends Float32Array | Int8Array>(
  matrix: Numbers,
  rows: number,
  query: Numbers,
): { keys: BigUint64Array; distances: Float32Array } {
  if (matrix.byteOffset !== 0 || query.byteOffset !== 0) {
    throw new RangeError('The arrays must begin where their buffers do');
  }
  const dimension = query.length;
  return usearch.exactSearch(matrix.subarray(0, rows * dimension), query, dimension, rows, 'cos', 1);
}
