import { multiplyRows } from '../../../linear-algebra/index.ts';
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
  const counted: number[] = [];
  const sums = new Float64Array(learnt * dimension);
  const weights = new Float64Array(learnt);
  const sum = new Float64Array(dimension);
  for (let row = 0; row + 1 < starts.length; row += 1) {
    if (folds[row] === exceptFold) continue;
    const own = labels.subarray(starts[row], starts[row + 1]).filter((label) => label < learnt);
    if (own.length === 0) continue;
    const vector = vectors.subarray(row * dimension, (row + 1) * dimension);
    counted.push(row);
    for (let at = 0; at < dimension; at += 1) sum[at]! += vector[at]!;
    for (const label of own) {
      weights[label]! += 1 / own.length;
      const start = label * dimension;
      for (let at = 0; at < dimension; at += 1) sums[start + at]! += vector[at]! / own.length;
    }
  }
  const weight = counted.length;
  const total = sumOfProducts(sample, counted);
  const between = new Float64Array(dimension * dimension);
  let classes = 0;
  for (let label = 0; label < learnt; label += 1) {
    const share = weights[label]!;
    if (share === 0) continue;
    classes += 1;
    const mean = sums.subarray(label * dimension, (label + 1) * dimension).map((value) => value / share);
    addOuter(total, mean, -share);
    addOuter(
      between,
      mean.map((value, at) => value - sum[at]! / weight),
      share / weight,
    );
  }
  const freedom = Math.max(0, weight - classes);
  return {
    within: symmetric(total, dimension, 1 / Math.max(1, freedom)),
    between: symmetric(between, dimension, 1),
    classes,
    freedom,
  };
}

/** The sum of vector × vectorᵀ over these rows. */
function sumOfProducts({ vectors, dimension }: LabelledSample, rows: readonly number[]): Float64Array {
  const total = new Float64Array(dimension * dimension);
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    const some = rows.slice(start, start + ROWS_AT_ONCE);
    const features = new Float64Array(dimension * some.length);
    for (const [at, row] of some.entries()) {
      for (let i = 0; i < dimension; i += 1) features[i * some.length + at] = vectors[row * dimension + i]!;
    }
    const products = multiplyRows(features, features, some.length);
    for (let at = 0; at < total.length; at += 1) total[at]! += products[at]!;
  }
  return total;
}

/** Adds weight × vector × vectorᵀ to the upper triangle of a matrix. */
function addOuter(matrix: Float64Array, vector: Float32Array | Float64Array, weight: number): void {
  const { length } = vector;
  for (let i = 0; i < length; i += 1) {
    const value = weight * vector[i]!;
    const row = i * length;
    for (let j = i; j < length; j += 1) matrix[row + j]! += value * vector[j]!;
  }
}

/** Scales a matrix of which only the upper triangle is known, and fills in the lower one. */
function symmetric(matrix: Float64Array, size: number, scale: number): Float64Array {
  for (let i = 0; i < size; i += 1) {
    for (let j = i; j < size; j += 1) {
      const value = matrix[i * size + j]! * scale;
      matrix[i * size + j] = value;
      matrix[j * size + i] = value;
    }
  }
  return matrix;
}
