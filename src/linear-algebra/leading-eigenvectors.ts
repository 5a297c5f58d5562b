import { multiplyRows } from './multiply-rows.ts';
import { SeededNumbers, orthonormalise } from './orthonormalise.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

// Type-only TypeScript: worker threads load this file as it is.

export interface Eigenvectors {
  /** Unit vectors, one after the other; in each the largest component is positive. */
  readonly vectors: Float64Array;
  /** Their eigenvalues, falling. */
  readonly values: Float64Array;
}

/** More vectors are iterated than wanted: the last wanted ones converge by what lies behind these. */
const OVERSAMPLED = 16;
const LEAST_ITERATIONS = 3;
const MOST_ITERATIONS = 40;

/**
 * The eigenvectors with the largest eigenvalues of a symmetric matrix without negative ones
 * (`dimension` × `dimension`), by subspace iteration with oversampling and a Rayleigh-Ritz step.
 * The same matrix gives the same bits. Where its rank is below `count`, the rest of the vectors
 * are arbitrary ones at right angles to all others, with eigenvalue 0.
 *
 * It stops when an iteration adds less than the `tolerance` to the sum of the values found, as a
 * share of it: what is then mixed up are directions that matter equally.
 *
 * G. H. Golub, C. F. Van Loan, Matrix Computations, 4th edition, section 8.2.4; N. Halko, P. G. Martinsson,
 * J. A. Tropp, Finding structure with randomness, SIAM Review 53 (2011), algorithm 4.4.
 */
export function leadingEigenvectors(
  matrix: Float64Array,
  dimension: number,
  count: number,
  tolerance = 1e-4,
): Eigenvectors {
  const block = Math.min(dimension, count + OVERSAMPLED);
  const numbers = new SeededNumbers();
  let basis: Float64Array = Float64Array.from({ length: block * dimension }, () => numbers.next());
  orthonormalise(basis, dimension, numbers);

  let before = 0;
  for (let iteration = 1; ; iteration += 1) {
    const image = multiplyRows(basis, matrix, dimension);
    // The basis' own part of the image: its trace is the sum of the values that the basis holds.
    let held = 0;
    for (let at = 0; at < image.length; at += 1) held += image[at]! * basis[at]!;
    const converged = iteration > LEAST_ITERATIONS && held - before <= tolerance * held;
    if (converged || iteration > MOST_ITERATIONS) return ritz(basis, image, dimension, count);
    before = held;
    basis = image;
    orthonormalise(basis, dimension, numbers);
  }
}

/** The eigenvectors within the span of an orthonormal basis, whose image under the matrix is given. */
function ritz(basis: Float64Array, image: Float64Array, dimension: number, count: number): Eigenvectors {
  const block = basis.length / dimension;
  const small = multiplyRows(basis, image, dimension);
  // Rounding makes it a little unsymmetric.
  for (let i = 0; i < block; i += 1) {
    for (let j = 0; j < i; j += 1) {
      const mean = (small[i * block + j]! + small[j * block + i]!) / 2;
      small[i * block + j] = mean;
      small[j * block + i] = mean;
    }
  }
  const { values, vectors: turns } = symmetricEigen(small, block);
  const vectors = new Float64Array(count * dimension);
  for (let row = 0; row < count; row += 1) {
    const vector = vectors.subarray(row * dimension, (row + 1) * dimension);
    for (let from = 0; from < block; from += 1) {
      const share = turns[row * block + from]!;
      const start = from * dimension;
      for (let at = 0; at < dimension; at += 1) vector[at]! += share * basis[start + at]!;
    }
    fixSign(vector);
  }
  return { vectors, values: values.slice(0, count).map((value) => Math.max(0, value)) };
}

/** Either sign is an eigenvector: the largest component is made positive. */
function fixSign(vector: Float64Array): void {
  let largest = 0;
  for (const value of vector) if (Math.abs(value) > Math.abs(largest)) largest = value;
  if (largest < 0) for (let at = 0; at < vector.length; at += 1) vector[at] = -vector[at]!;
}
