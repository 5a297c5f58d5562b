import { multiplyRows } from './multiply-rows.ts';
import { arbitraryNumbers, completeBasis, orthonormalise } from './orthonormalise.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

// Only erasable TypeScript: worker threads run this file from source.

export interface Eigenvectors {
  /** Unit vectors, one after the other. In each, the component with the largest magnitude is positive. */
  readonly vectors: Float64Array;
  /** Their eigenvalues, in descending order. */
  readonly values: Float64Array;
}

/** How many more vectors are iterated than requested. The more there are, the sooner the last requested ones converge. */
const OVERSAMPLED = 16;
const LEAST_ITERATIONS = 3;
const MOST_ITERATIONS = 40;
/** Eigenvalues up to this share of the largest are zero but for rounding. */
const NEGLIGIBLE = 1e-12;

/**
 * Finds the eigenvectors with the largest eigenvalues of a positive semi-definite matrix (`dimension` ×
 * `dimension`), by subspace iteration with oversampling and a Rayleigh-Ritz step. The same matrix always gives
 * the same bits. If its rank is below `count`, the remaining vectors are arbitrary, orthogonal to all others,
 * and have eigenvalue 0. They depend on the span of the others alone, and not on rounding.
 *
 * It stops when an iteration increases the sum of the eigenvalues by less than `tolerance`, as a share of the
 * sum. Directions that are then still mixed up have nearly equal eigenvalues.
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
  const next = arbitraryNumbers();
  let basis: Float64Array = Float64Array.from({ length: block * dimension }, () => next());
  orthonormalise(basis, dimension, next);

  let before = 0;
  for (let iteration = 1; ; iteration += 1) {
    const image = multiplyRows(basis, matrix, dimension);
    // The trace of the matrix restricted to the basis is the sum of the eigenvalues found so far.
    let held = 0;
    for (let at = 0; at < image.length; at += 1) held += image[at]! * basis[at]!;
    const converged = iteration > LEAST_ITERATIONS && held - before <= tolerance * held;
    if (converged || iteration > MOST_ITERATIONS) return ritz(basis, image, dimension, count);
    before = held;
    basis = image;
    orthonormalise(basis, dimension, next);
  }
}

/** The eigenvectors within the span of an orthonormal basis, given its image under the matrix. */
function ritz(basis: Float64Array, image: Float64Array, dimension: number, count: number): Eigenvectors {
  const block = basis.length / dimension;
  const small = multiplyRows(basis, image, dimension);
  // Rounding makes it slightly asymmetric.
  for (let i = 0; i < block; i += 1) {
    for (let j = 0; j < i; j += 1) {
      const mean = (small[i * block + j]! + small[j * block + i]!) / 2;
      small[i * block + j] = mean;
      small[j * block + i] = mean;
    }
  }
  const { values, vectors: rotation } = symmetricEigen(small, block);
  const vectors = new Float64Array(count * dimension);
  for (let row = 0; row < count; row += 1) {
    const vector = vectors.subarray(row * dimension, (row + 1) * dimension);
    for (let from = 0; from < block; from += 1) {
      const share = rotation[row * block + from]!;
      const start = from * dimension;
      for (let at = 0; at < dimension; at += 1) vector[at]! += share * basis[start + at]!;
    }
    fixSign(vector);
  }
  const kept = values.slice(0, count).map((value) => (value > NEGLIGIBLE * values[0]! ? value : 0));
  const rank = kept.indexOf(0);
  if (rank !== -1) {
    completeBasis(vectors, dimension, rank);
    for (let row = rank; row < count; row += 1)
      fixSign(vectors.subarray(row * dimension, (row + 1) * dimension));
  }
  return { vectors, values: kept };
}

/** Both signs give an eigenvector. This picks the one whose largest component is positive. */
function fixSign(vector: Float64Array): void {
  let largest = 0;
  for (const value of vector) if (Math.abs(value) > Math.abs(largest)) largest = value;
  if (largest < 0) for (let at = 0; at < vector.length; at += 1) vector[at] = -vector[at]!;
}
