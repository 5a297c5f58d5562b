import { describe, expect, it } from '@jest/globals';
import { leadingEigenvectors, multiplyRows } from './index.ts';
import { arbitraryNumbers, orthonormalise } from './orthonormalise.ts';

const next = arbitraryNumbers();
const random = (length: number) => Float64Array.from({ length }, () => next());

/** A symmetric matrix with these eigenvalues, and its eigenvectors. */
function matrixOf(values: readonly number[]): { matrix: Float64Array; axes: Float64Array } {
  const size = values.length;
  const axes = random(size * size);
  orthonormalise(axes, size, next);
  const matrix = new Float64Array(size * size);
  for (const [at, value] of values.entries()) {
    const axis = axes.subarray(at * size, (at + 1) * size);
    for (let i = 0; i < size; i += 1) {
      for (let j = 0; j < size; j += 1) matrix[i * size + j]! += value * axis[i]! * axis[j]!;
    }
  }
  return { matrix, axes };
}

describe('multiplyRows', () => {
  it.each([
    [1, 1, 1],
    [2, 4, 3],
    [5, 7, 9],
    [13, 22, 31],
  ])('multiplies %d rows by %d rows of %d numbers', (lefts, rights, length) => {
    const [left, right] = [random(lefts * length), random(rights * length)];
    const product = multiplyRows(left, right, length);
    expect(product).toHaveLength(lefts * rights);
    for (let i = 0; i < lefts; i += 1) {
      for (let j = 0; j < rights; j += 1) {
        let sum = 0;
        for (let at = 0; at < length; at += 1) sum += left[i * length + at]! * right[j * length + at]!;
        expect(product[i * rights + j]).toBeCloseTo(sum, 12);
      }
    }
  });
});

describe('leadingEigenvectors', () => {
  const values = Array.from({ length: 60 }, (_, at) => 0.8 ** at);

  it('finds the largest eigenvalues and their vectors, always with the same bits', () => {
    const { matrix, axes } = matrixOf(values);
    const found = leadingEigenvectors(matrix, 60, 6, 1e-12);
    for (let at = 0; at < 6; at += 1) {
      expect(found.values[at]).toBeCloseTo(values[at]!, 9);
      const alike = multiplyRows(
        found.vectors.slice(at * 60, at * 60 + 60),
        axes.slice(at * 60, at * 60 + 60),
        60,
      );
      expect(Math.abs(alike[0]!)).toBeCloseTo(1, 6);
    }
    expect(leadingEigenvectors(matrix, 60, 6, 1e-12)).toEqual(found);
  });

  it('makes the largest component of each vector positive', () => {
    const { vectors } = leadingEigenvectors(matrixOf(values).matrix, 60, 6);
    for (let at = 0; at < 6; at += 1) {
      const vector = vectors.slice(at * 60, at * 60 + 60);
      expect(Math.max(...vector)).toBeGreaterThanOrEqual(-Math.min(...vector));
    }
  });

  it.each([3, 1, 0])('completes a matrix of rank %d with orthogonal vectors', (rank) => {
    const { matrix } = matrixOf(values.map((value, at) => (at < rank ? value : 0)));
    const found = leadingEigenvectors(matrix, 60, 8);
    expect([...found.values].filter((value) => value > 1e-9)).toHaveLength(rank);
    const products = multiplyRows(found.vectors, found.vectors, 60);
    for (let i = 0; i < 8; i += 1) {
      for (let j = 0; j < 8; j += 1) expect(products[i * 8 + j]).toBeCloseTo(i === j ? 1 : 0, 9);
    }
  });

  it('completes a matrix of low rank with vectors that do not depend on rounding', () => {
    const { matrix } = matrixOf(values.map((value, at) => (at < 20 ? value : 0)));
    const rounded = matrix.map((value) => value * (1 + 1e-15 * next()));
    const [found, other] = [matrix, rounded].map((one) => leadingEigenvectors(one, 60, 30).vectors);
    for (let at = 20 * 60; at < 30 * 60; at += 1) expect(found![at]).toBeCloseTo(other![at]!, 9);
  });

  it('finds all eigenvalues of a small matrix', () => {
    const { matrix } = matrixOf([5, 3, 2]);
    expect(
      [...leadingEigenvectors(matrix, 3, 3).values].map((value) => Math.round(value * 1e6) / 1e6),
    ).toEqual([5, 3, 2]);
  });
});
