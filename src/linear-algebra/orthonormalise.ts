import { seededRandom } from '../common/seeded-random.ts';

// Only erasable TypeScript: worker threads run this file from source.

/** If less than this share of a row is left after projecting out the others, it is rounding error. */
const NOTHING_LEFT = 1e-10;

/** Numbers in [-1, 1), the same sequence in every run. */
export function arbitraryNumbers(): () => number {
  const random = seededRandom(1);
  return () => 2 * random() - 1;
}

/**
 * Makes the rows of a matrix orthonormal, in place, by the Gram–Schmidt process. Each row is orthogonalised
 * twice, because rounding leaves too much of the other rows after the first time. A row in the span of those
 * before it is replaced by an arbitrary one, made of numbers from `next`. There must not be more rows than a
 * row has numbers.
 */
export function orthonormalise(rows: Float64Array, length: number, next: () => number): void {
  for (let start = 0; start < rows.length; start += length) {
    const row = rows.subarray(start, start + length);
    for (;;) {
      const whole = normOf(row);
      for (let pass = 0; pass < 2; pass += 1) {
        for (let other = 0; other < start; other += length) subtractProjection(rows, other, row);
      }
      const left = normOf(row);
      if (left > NOTHING_LEFT * whole && left > Number.MIN_VALUE * 1e16) {
        for (let at = 0; at < length; at += 1) row[at]! /= left;
        // Twice is enough, unless so little was left that dividing has magnified the rounding error.
        if (left > 1e-4 * whole) break;
        continue;
      }
      for (let at = 0; at < length; at += 1) row[at] = next();
    }
  }
}

function subtractProjection(rows: Float64Array, other: number, row: Float64Array): void {
  let share = 0;
  for (let at = 0; at < row.length; at += 1) share += row[at]! * rows[other + at]!;
  for (let at = 0; at < row.length; at += 1) row[at]! -= share * rows[other + at]!;
}

function normOf(row: Float64Array): number {
  let squares = 0;
  for (const value of row) squares += value * value;
  return Math.sqrt(squares);
}
