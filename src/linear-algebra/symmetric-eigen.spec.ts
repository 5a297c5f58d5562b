import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../common/seeded-random.ts';
import { multiplyRows } from './multiply-rows.ts';
import { orthonormalise } from './orthonormalise.ts';
import { symmetricEigen } from './symmetric-eigen.ts';
import { transposed } from './transposed.ts';

const random = seededRandom(3);
const next = () => 2 * random() - 1;

function matrixOf(values: readonly number[]): Float64Array {
  const size = values.length;
  const axes = Float64Array.from({ length: size * size }, next);
  orthonormalise(axes, size, next);
  const columns = transposed(axes, size);
  const scaled = columns.map((value, at) => value * values[at % size]!);
  return multiplyRows(columns, scaled, size);
}

describe('symmetricEigen', () => {
  it.each([
    ['different', [9, 4, 1, 0.5, -2]],
    ['equal', [3, 3, 3, 1, 1, 0]],
    ['far apart', [1e6, 1, 1e-6]],
    ['many', Array.from({ length: 80 }, (_, at) => 0.9 ** at)],
    ['no', [0, 0, 0]],
    ['one', [7]],
  ])('finds %s eigenvalues and their vectors', (_what, expected) => {
    const size = expected.length;
    const matrix = matrixOf(expected);
    const { values, vectors } = symmetricEigen(matrix, size);
    const largest = Math.max(...expected, 1);
    for (const [at, value] of expected.toSorted((a, b) => b - a).entries())
      expect(values[at]! / largest).toBeCloseTo(value / largest, 12);
    const products = multiplyRows(vectors, vectors, size);
    const images = multiplyRows(vectors, matrix, size);
    for (let i = 0; i < size; i += 1) {
      for (let j = 0; j < size; j += 1) {
        expect(products[i * size + j]).toBeCloseTo(i === j ? 1 : 0, 12);
        expect(images[i * size + j]! / largest).toBeCloseTo(
          (values[i]! * vectors[i * size + j]!) / largest,
          12,
        );
      }
    }
  });

  it('takes a matrix that is diagonal already', () => {
    const { values, vectors } = symmetricEigen(Float64Array.of(1, 0, 0, 0, 5, 0, 0, 0, 3), 3);
    expect([...values]).toEqual([5, 3, 1]);
    expect([...vectors].map(Math.abs)).toEqual([0, 1, 0, 0, 0, 1, 1, 0, 0]);
  });

  it('refuses numbers that are not finite', () => {
    expect(() => symmetricEigen(Float64Array.of(1, Number.NaN, Number.NaN, 1), 2)).toThrow(RangeError);
  });
});
