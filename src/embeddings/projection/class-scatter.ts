import { multiplyRows, transposed } from '../../linear-algebra/index.ts';
import type { LabelledSample } from './labelled-sample.ts';

// Only erasable TypeScript: worker threads load this file from source.

/** How many rows are multiplied at a time. */
const ROWS_AT_ONCE = 1_024;

/** How labelled vectors vary, as matrices of dimension × dimension. */
export interface ClassScatter {
  /** The covariance of vectors about the means of their labels. */
  readonly within: Float64Array;
  /** The covariance of the means of labels about the mean of all, each as often as it has images. */
  readonly between: Float64Array;
  /** The number of labels. */
  readonly classes: number;
  /** The number of images minus that of labels, which says how well they determine `within`. */
  readonly freedom: number;
}

/**
 * The scatter of a sample within and between labels, leaving out the rows of one fold, if given. An image with
 * several labels belongs to each of them with an equal share of its weight. Images without labels do not count.
 *
 * C. R. Rao, The utilization of multiple measurements in problems of biological classification, Journal of the Royal
 * Statistical Society B 10 (1948).
 */
export function classScatter(sample: LabelledSample, exceptFold?: number): ClassScatter {
  const { dimension, vectors, starts, labels, learnt, folds } = sample;
  const isLearnt = (label: number) => label < learnt;
  const seen = new Float64Array(vectors.length);
  const sums = new Float64Array(learnt * dimension);
  const weights = new Float64Array(learnt);
  const sum = new Float64Array(dimension);
  let weight = 0;
  for (let row = 0; row + 1 < starts.length; row += 1) {
    if (folds[row] === exceptFold) continue;
    const own = labels.subarray(starts[row], starts[row + 1]).filter(isLearnt);
    if (own.length === 0) continue;
    const vector = vectors.subarray(row * dimension, (row + 1) * dimension);
    seen.set(vector, weight * dimension);
    weight += 1;
    for (let at = 0; at < dimension; at += 1) sum[at]! += vector[at]!;
    for (const label of own) {
      weights[label]! += 1 / own.length;
      const start = label * dimension;
      for (let at = 0; at < dimension; at += 1) sums[start + at]! += vector[at]! / own.length;
    }
  }
  const means = new Float64Array(learnt * dimension);
  const deviations = new Float64Array(learnt * dimension);
  const shares = new Float64Array(learnt);
  let classes = 0;
  for (let label = 0; label < learnt; label += 1) {
    const share = weights[label]!;
    if (share === 0) continue;
    const [from, to] = [label * dimension, classes * dimension];
    for (let at = 0; at < dimension; at += 1) {
      means[to + at] = sums[from + at]! / share;
      deviations[to + at] = means[to + at]! - sum[at]! / weight;
    }
    shares[classes] = share;
    classes += 1;
  }
  const within = outerProducts(seen.subarray(0, weight * dimension), dimension);
  const ofMeans = outerProducts(means.subarray(0, classes * dimension), dimension, shares);
  const freedom = Math.max(0, weight - classes);
  for (let at = 0; at < within.length; at += 1)
    within[at] = (within[at]! - ofMeans[at]!) / Math.max(1, freedom);
  const between = outerProducts(
    deviations.subarray(0, classes * dimension),
    dimension,
    shares.map((share) => share / weight),
  );
  return { within, between, classes, freedom };
}

/** The sum of weight × vector × vectorᵀ over vectors that are given row by row; without weights, each counts once. */
function outerProducts(vectors: Float64Array, dimension: number, weights?: Float64Array): Float64Array {
  const sum = new Float64Array(dimension * dimension);
  for (let start = 0; start < vectors.length; start += ROWS_AT_ONCE * dimension) {
    const columns = transposed(vectors.subarray(start, start + ROWS_AT_ONCE * dimension), dimension);
    const rows = columns.length / dimension;
    const first = start / dimension;
    const scaled =
      weights === undefined ? columns : columns.map((value, at) => value * weights[first + (at % rows)]!);
    const products = multiplyRows(scaled, columns, rows);
    for (let at = 0; at < sum.length; at += 1) sum[at]! += products[at]!;
  }
  return sum;
}
