// Only erasable TypeScript: worker threads run this file from source.

/**
 * The lower triangular L, in row-major order, with L × Lᵀ = `matrix`, which must be symmetric and positive definite
 * and have `size` × `size` numbers. Throws a `RangeError` if it is not positive definite.
 *
 * G. H. Golub, C. F. Van Loan, Matrix Computations, 4th edition, section 4.2.
 */
export function cholesky(matrix: Float64Array, size: number): Float64Array {
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let rest = matrix[i * size + j]!;
      for (let k = 0; k < j; k += 1) rest -= lower[i * size + k]! * lower[j * size + k]!;
      if (i > j) lower[i * size + j] = rest / lower[j * size + j]!;
      else if (rest > 0) lower[i * size + i] = Math.sqrt(rest);
      else throw new RangeError('The matrix is not positive definite');
    }
  }
  return lower;
}

/** The inverse of a lower triangular matrix, by forward substitution. */
export function invertLower(lower: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size);
  for (let column = 0; column < size; column += 1) {
    for (let i = column; i < size; i += 1) {
      let rest = i === column ? 1 : 0;
      for (let k = column; k < i; k += 1) rest -= lower[i * size + k]! * inverse[k * size + column]!;
      inverse[i * size + column] = rest / lower[i * size + i]!;
    }
  }
  return inverse;
}
