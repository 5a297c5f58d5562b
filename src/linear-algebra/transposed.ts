// Only erasable TypeScript: worker threads run this file from source.

/** The transpose of a matrix in row-major order, whose rows have `length` numbers. */
export function transposed(matrix: Float64Array, length: number): Float64Array {
  const rows = matrix.length / length;
  const result = new Float64Array(matrix.length);
  for (let row = 0; row < rows; row += 1) {
    for (let at = 0; at < length; at += 1) result[at * rows + row] = matrix[row * length + at]!;
  }
  return result;
}
