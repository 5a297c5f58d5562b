import { describe, expect, it } from '@jest/globals';
import { arbitraryNumbers, multiplyRows, orthonormalise } from './index.ts';

const next = arbitraryNumbers();
const random = (length: number) => Float64Array.from({ length }, () => next());

function expectOrthonormal(rows: Float64Array, length: number): void {
  const products = multiplyRows(rows, rows, length);
  const count = rows.length / length;
  for (let i = 0; i < count; i += 1) {
    for (let j = 0; j < count; j += 1) expect(products[i * count + j]).toBeCloseTo(i === j ? 1 : 0, 12);
  }
}

/** The share of each row that lies within the span of the first `count` rows of an orthonormal matrix. */
function sharesWithin(row: Float64Array, basis: Float64Array, count: number): number {
  const shares = multiplyRows(row, basis.slice(0, count * row.length), row.length);
  return Math.hypot(...shares) / Math.hypot(...row);
}

describe('orthonormalise', () => {
  it.each([
    ['a few rows', 3],
    ['many rows', 40],
    ['as many rows as numbers', 64],
  ])('makes %s orthonormal, each within the span of itself and those before it', (_, count) => {
    const given = random(count * 64);
    const rows = given.slice();
    orthonormalise(rows, 64, next);
    expectOrthonormal(rows, 64);
    for (let at = 0; at < count; at += 1) {
      const row = given.slice(at * 64, (at + 1) * 64);
      expect(sharesWithin(row, rows, at + 1)).toBeCloseTo(1, 12);
      const own = multiplyRows(row, rows.slice(at * 64, (at + 1) * 64), 64)[0]!;
      expect(own).toBeGreaterThan(0);
    }
  });

  it.each([1e-2, 1e-5, 1e-9, 0])('keeps rows apart that differ by %d of their length', (difference) => {
    const rows = random(20 * 64);
    const other = random(64);
    for (let at = 0; at < 64; at += 1) rows[19 * 64 + at] = rows[at]! + difference * other[at]!;
    orthonormalise(rows, 64, next);
    expectOrthonormal(rows, 64);
  });

  it('takes rows of very different lengths', () => {
    const rows = random(20 * 64);
    for (let at = 0; at < rows.length; at += 1) rows[at]! *= 10 ** -Math.floor(at / 64);
    orthonormalise(rows, 64, next);
    expectOrthonormal(rows, 64);
  });

  it.each([1, 20])('replaces zeros among %d rows by arbitrary ones', (count) => {
    const rows = random(count * 64).fill(0, (count - 1) * 64);
    orthonormalise(rows, 64, next);
    expectOrthonormal(rows, 64);
  });
});
