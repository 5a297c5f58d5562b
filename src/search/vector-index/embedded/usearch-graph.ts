import { createRequire } from 'node:module';

// Only erasable TypeScript: worker threads run this file from source.

/** The part of usearch's interface that is used here. */
export interface Graph {
  add(keys: BigUint64Array, vectors: Float32Array, threads: number): void;
  /** Returns keys by ascending distance, possibly fewer than k. */
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
    queries: Float32Array | Int8Array,
    dimensions: number,
    k: number,
    metric: 'cos',
    threads: number,
  ): { keys: BigUint64Array; distances: Float32Array };
}

// usearch's ES module build locates its native part through the caller's stack and recurses forever if there
// is none.
const usearch = createRequire(import.meta.url)('usearch') as Usearch;

/** The maximum number of numbers of a vector in a graph. */
export const GRAPH_DIMENSION = 128;

export interface GraphSettings {
  readonly connectivity: number;
  readonly expansionAdd: number;
}

/** The settings for the graph of an index whose vectors have this many numbers: see ADR 49. */
export function graphSettings(dimension: number): GraphSettings {
  return dimension <= GRAPH_DIMENSION
    ? { connectivity: 20, expansionAdd: 96 }
    : { connectivity: 24, expansionAdd: 256 };
}

/** Makes an empty HNSW graph with cosine distance. It can load graphs that were made with other settings. */
export function newGraph(dimension: number, { connectivity, expansionAdd }: GraphSettings): Graph {
  return new usearch.Index({
    dimensions: dimension,
    metric: 'cos',
    quantization: 'f16',
    connectivity,
    expansion_add: expansionAdd,
    // Every search raises it to the number of candidates it asks for.
    expansion_search: 16,
  });
}

/** What was found in a graph, the nearest first. */
export interface Nearest {
  readonly keys: Float64Array;
  readonly distances: Float32Array;
}

/** Walks the graph for the k nearest vectors. May return fewer. */
export function searchGraph(graph: Graph, vector: Float32Array, k: number): Nearest {
  const { keys, distances } = graph.search(vector, k, 1);
  return { keys: numbersOf(keys), distances };
}

/** Avoids creating a BigInt for each key, which would take longer than everything else. */
function numbersOf(keys: BigUint64Array): Float64Array {
  const halves = new Uint32Array(keys.buffer, keys.byteOffset, 2 * keys.length);
  const numbers = new Float64Array(keys.length);
  for (let at = 0; at < numbers.length; at++) numbers[at] = halves[2 * at]! + 2 ** 32 * halves[2 * at + 1]!;
  return numbers;
}

/** The `k` most similar rows of a matrix for each query, by descending similarity, one query after the other. */
export interface Ranking {
  readonly rows: Uint32Array;
  /** Cosine similarities. */
  readonly similarities: Float32Array;
}

/**
 * Compares each query with the first `rows` rows of the matrix, using usearch's vector instructions.
 *
 * usearch reads both arrays from the start of their buffers and ignores their offset, so they must begin there.
 * It takes the number of rows from the array. If k were larger than that, it would make up the rest.
 */
export function rankRows<Numbers extends Float32Array | Int8Array>(
  matrix: Numbers,
  rows: number,
  queries: Numbers,
  dimension: number,
  k = rows,
  threads = 1,
): Ranking {
  if (matrix.byteOffset !== 0 || queries.byteOffset !== 0) {
    throw new RangeError('The arrays must begin at the start of their buffers');
  }
  const { keys, distances } = usearch.exactSearch(
    matrix.subarray(0, rows * dimension),
    queries,
    dimension,
    Math.min(k, rows),
    'cos',
    threads,
  );
  return {
    rows: Uint32Array.from(numbersOf(keys)),
    similarities: distances.map((distance) => 1 - distance),
  };
}
