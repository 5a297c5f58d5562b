import { describe, expect, it } from '@jest/globals';
import { cholesky, invertLower } from './cholesky.ts';
import { multiplyRows } from './multiply-rows.ts';
import { transposed } from './transposed.ts';

const closeTo = (numbers: readonly number[]) => numbers.map((value): unknown => expect.closeTo(value, 12));

describe('cholesky', () => {
  // Rosetta's example: the factor is known.
  const matrix = Float64Array.of(25, 15, -5, 15, 18, 0, -5, 0, 11);

  it('finds the lower triangular factor', () => {
    expect([...cholesky(matrix, 3)]).toEqual(closeTo([5, 0, 0, 3, 3, 0, -1, 1, 3]));
  });

  it('refuses a matrix that is not positive definite', () => {
    expect(() => cholesky(Float64Array.of(1, 2, 2, 1), 2)).toThrow(RangeError);
    expect(() => cholesky(new Float64Array(4), 2)).toThrow(RangeError);
  });

  it('is undone by the inverse of the factor', () => {
    const inverse = invertLower(cholesky(matrix, 3), 3);
    const whitened = multiplyRows(multiplyRows(inverse, matrix, 3), inverse, 3);
    expect([...whitened]).toEqual(closeTo([1, 0, 0, 0, 1, 0, 0, 0, 1]));
  });
});

describe('transposed', () => {
  it('makes rows of the columns', () => {
    expect([...transposed(Float64Array.of(1, 2, 3, 4, 5, 6), 3)]).toEqual([1, 4, 2, 5, 3, 6]);
  });
});
