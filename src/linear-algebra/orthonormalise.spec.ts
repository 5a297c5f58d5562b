import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../common/seeded-random.ts';
import { multiplyRows } from './multiply-rows.ts';
import { orthonormalise } from './orthonormalise.ts';

const random = seededRandom(5);
const next = () => 2 * random() - 1;
const rowsOf = (count: number, length: number) => Float64Array.from({ length: count * length }, next);

function expectOrthonormal(rows: Float64Array, length: number): void {
  const count = rows.length / length;
  for (const [at, product] of multiplyRows(rows, rows, length).entries())
    expect(product).toBeCloseTo(at % (count + 1) === 0 ? 1 : 0, 12);
}

describe('orthonormalise', () => {
  it('keeps what is left of each row without those before it', () => {
    const rows = Float64Array.of(2, 0, 0, 5, 3, 0, 1, 1, 4);
    orthonormalise(rows, 3, next);
    for (const [at, value] of rows.entries()) expect(value).toBeCloseTo(at % 4 === 0 ? 1 : 0, 14);
  });

  it.each([
    ['of very different lengths', (rows: Float64Array) => rows.map((value, at) => value * 10 ** -(at % 90))],
    [
      'of which two are equal',
      (rows: Float64Array) => rows.map((value, at) => (at < 180 ? rows[at % 90]! : value)),
    ],
    [
      'that are nearly the same',
      (rows: Float64Array) => rows.map((value, at) => rows[at % 90]! + 1e-7 * value),
    ],
    [
      'of which some are zero',
      (rows: Float64Array) => rows.map((value, at) => (at < 90 || at > 2_000 ? 0 : value)),
    ],
  ])('gives orthonormal rows for rows %s', (_what, changed) => {
    const rows = changed(rowsOf(30, 90));
    orthonormalise(rows, 90, next);
    expectOrthonormal(rows, 90);
  });

  it('spans the same space', () => {
    const given = rowsOf(20, 60);
    const rows = given.slice();
    orthonormalise(rows, 60, next);
    const shares = multiplyRows(given, rows, 60);
    for (let row = 0; row < 20; row += 1) {
      const whole = given.subarray(row * 60, (row + 1) * 60).reduce((sum, value) => sum + value * value, 0);
      const kept = shares.subarray(row * 20, (row + 1) * 20).reduce((sum, value) => sum + value * value, 0);
      expect(kept / whole).toBeCloseTo(1, 12);
    }
  });
});
