import type { ClassScatter } from './class-scatter.ts';
import { FOLDS } from './labelled-sample.ts';

// Only erasable TypeScript: worker threads load this file from source.

/** A picture that was searched with, or an image that was judged. */
export interface JudgedVector {
  /** The digest of the file, if it is an image of the dataset as a whole; otherwise anything that no digest equals. */
  readonly key: string;
  readonly vector: Float32Array;
}

/** An image that somebody found relevant to a query, or chose. */
export interface JudgedPair {
  readonly query: JudgedVector;
  readonly image: JudgedVector;
}

/** Pairs in a form that can be handed to a thread, in an order that depends on nothing but their contents. */
export interface PackedPairs {
  readonly dimension: number;
  /** Each query and image once, row by row. */
  readonly vectors: Float32Array<ArrayBuffer>;
  /** The rows of each pair. */
  readonly queries: Int32Array<ArrayBuffer>;
  readonly images: Int32Array<ArrayBuffer>;
  /** The group of each row: what pairs connect, directly or through others, belongs together. */
  readonly groups: Int32Array<ArrayBuffer>;
  readonly groupCount: number;
  /** For each row of the sample, the row here that is the same picture, or -1. */
  readonly owners: Int32Array<ArrayBuffer>;
}

/**
 * Packs pairs, of which `coordinatesOf` gives the coordinates of a query or image by its place in `parts`, and
 * `sampled` the digests of the sample, in the order of its rows.
 */
export function packPairs(
  pairs: readonly (readonly [query: string, image: string])[],
  coordinates: ReadonlyMap<string, Float32Array>,
  sampled: readonly string[],
  dimension: number,
): PackedPairs {
  const keys = [...coordinates.keys()].sort();
  const rows = new Map(keys.map((key, row) => [key, row]));
  const sorted = pairs
    .map(([query, image]) => [rows.get(query)!, rows.get(image)!] as const)
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const vectors = new Float32Array(keys.length * dimension);
  for (const [row, key] of keys.entries()) vectors.set(coordinates.get(key)!, row * dimension);
  const { groups, groupCount } = connected(keys.length, sorted);
  return {
    dimension,
    vectors,
    queries: Int32Array.from(sorted, ([query]) => query),
    images: Int32Array.from(sorted, ([, image]) => image),
    groups,
    groupCount,
    owners: Int32Array.from(sampled, (sha256) => rows.get(sha256) ?? -1),
  };
}

/** The covariance within groups of judged pairs, leaving out one fold of the groups, if given; see `foldOfGroup`. */
export function pairScatter(
  { dimension, vectors, groups, groupCount }: PackedPairs,
  exceptFold?: number,
): Pick<ClassScatter, 'within' | 'freedom'> {
  const sums = new Float64Array(groupCount * dimension);
  const sizes = new Float64Array(groupCount);
  for (const [row, group] of groups.entries()) {
    sizes[group]! += 1;
    for (let at = 0; at < dimension; at += 1) sums[group * dimension + at]! += vectors[row * dimension + at]!;
  }
  const within = new Float64Array(dimension * dimension);
  let freedom = 0;
  for (const [row, group] of groups.entries()) {
    if (foldOfGroup(group) === exceptFold) continue;
    freedom += 1 - 1 / sizes[group]!;
    const difference = Float64Array.from(
      { length: dimension },
      (_, at) => vectors[row * dimension + at]! - sums[group * dimension + at]! / sizes[group]!,
    );
    for (let i = 0; i < dimension; i += 1) {
      for (let j = 0; j < dimension; j += 1) within[i * dimension + j]! += difference[i]! * difference[j]!;
    }
  }
  const scale = 1 / Math.max(1, freedom);
  return { within: within.map((value) => value * scale), freedom };
}

/** Takes groups of judged pairs for labels of their own, as far as the covariance within labels is concerned. */
export function pooled(scatter: ClassScatter, pairs: Pick<ClassScatter, 'within' | 'freedom'>): ClassScatter {
  const freedom = scatter.freedom + pairs.freedom;
  const share = freedom > 0 ? pairs.freedom / freedom : 0;
  const within = scatter.within.map((value, at) => (1 - share) * value + share * pairs.within[at]!);
  return { ...scatter, within, freedom };
}

export function foldOfGroup(group: number): number {
  return group % FOLDS;
}

/** Numbers what pairs connect, in the order of the first row of each group. */
function connected(
  count: number,
  pairs: readonly (readonly [number, number])[],
): { groups: Int32Array<ArrayBuffer>; groupCount: number } {
  const parents = Int32Array.from({ length: count }, (_, row) => row);
  const rootOf = (row: number): number => {
    let root = row;
    while (parents[root] !== root) {
      parents[root] = parents[parents[root]!]!;
      root = parents[root]!;
    }
    return root;
  };
  for (const [a, b] of pairs) {
    const [one, other] = [rootOf(a), rootOf(b)];
    parents[Math.max(one, other)] = Math.min(one, other);
  }
  const numbers = new Map<number, number>();
  const groups = Int32Array.from({ length: count }, (_, row) => {
    const root = rootOf(row);
    if (!numbers.has(root)) numbers.set(root, numbers.size);
    return numbers.get(root)!;
  });
  return { groups, groupCount: numbers.size };
}
