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
    quantization: GraphSettings['quantization'];
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

// usearch's ES-module build looks for its native part through the caller's stack, and recurses for
// ever where there is none.
const usearch = createRequire(import.meta.url)('usearch') as Usearch;

/** Numbers a vector has in a graph, at most. */
export const GRAPH_DIMENSION = 128;

export interface GraphSettings {
  /** Half precision, or whole numbers of eight bits. */
  readonly quantization: 'f16' | 'i8';
  readonly connectivity: number;
  readonly expansionAdd: number;
}

/**
 * How the graph of an index is made whose vectors have so many numbers. Where they stand in it as they
 * are, and not shortened, eight bits a number and few neighbours lead to the goal as surely, twice as
 * fast, and take half the room, if the neighbours were searched for harder when it was built.
 */
export function graphSettings(dimension: number): GraphSettings {
  return dimension <= GRAPH_DIMENSION
    ? { quantization: 'i8', connectivity: 14, expansionAdd: 512 }
    : { quantization: 'f16', connectivity: 24, expansionAdd: 256 };
}

/** An empty graph: HNSW by cosine distance. What it loads may have been made with other settings. */
export function newGraph(
  dimension: number,
  { quantization, connectivity, expansionAdd }: GraphSettings,
): Graph {
  return new usearch.Index({
    dimensions: dimension,
    metric: 'cos',
    quantization,
    connectivity,
    expansion_add: expansionAdd,
    // The number of candidates asked for raises it in every search.
    expansion_search: 16,
  });
}

/** Of what was found in a graph, the nearest first. */
export interface Nearest {
  readonly keys: Float64Array;
  readonly distances: Float32Array;
}

/** The k nearest that a walk through the graph finds, or fewer. */
export function searchGraph(graph: Graph, vector: Float32Array, k: number): Nearest {
  const { keys, distances } = graph.search(vector, k, 1);
  return { keys: numbersOf(keys), distances };
}

/** Without a BigInt for each, which takes longer than all else. */
function numbersOf(keys: BigUint64Array): Float64Array {
  const halves = new Uint32Array(keys.buffer, keys.byteOffset, 2 * keys.length);
  const numbers = new Float64Array(keys.length);
  for (let at = 0; at < numbers.length; at++) numbers[at] = halves[2 * at]! + 2 ** 32 * halves[2 * at + 1]!;
  return numbers;
}

/** Rows of a matrix by falling similarity, `k` for each query, one query after the other. */
export interface Ranking {
  readonly rows: Uint32Array;
  /** Cosine similarities. */
  readonly similarities: Float32Array;
}

/**
 * Compares the first rows of the matrix with each query, all of them, with vector instructions.
 *
 * usearch takes both arrays from the start of their buffers, whatever their offset, so neither may
 * begin within one; the number of rows, though, it takes from the array. For a k above the number of
 * rows it would make the rest up.
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
    throw new RangeError('The arrays must begin where their buffers do');
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
