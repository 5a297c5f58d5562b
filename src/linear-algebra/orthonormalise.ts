import { seededRandom } from '../common/seeded-random.ts';
import { cholesky, invertLower } from './cholesky.ts';
import { multiplyRows } from './multiply-rows.ts';
import { transposed } from './transposed.ts';

// Only erasable TypeScript: worker threads run this file from source.

/** If less than this share of a row is left after projecting out the others, it is rounding error. */
const NOTHING_LEFT = 1e-10;
/** If less than this share of a row is left, all rows are orthogonalised one by one. */
const LITTLE_LEFT = 1e-3;
/** Fewer rows than this are orthogonalised one by one at once. */
const WORTH_MULTIPLYING = 8;

/** Numbers in [-1, 1), the same sequence in every run. */
export function arbitraryNumbers(): () => number {
  const random = seededRandom(1);
  return () => 2 * random() - 1;
}

/**
 * Makes the rows of a matrix orthonormal, in place: each spans with those before it what it did before. A row in the
 * span of those before it is replaced by an arbitrary one, made of numbers from `next`. There must not be more rows
 * than a row has numbers.
 */
export function orthonormalise(rows: Float64Array, length: number, next: () => number): void {
  const together = rows.length < WORTH_MULTIPLYING * length ? undefined : orthonormalised(rows, length);
  if (together === undefined) orthonormaliseEach(rows, length, next);
  else rows.set(together);
}

/**
 * Replaces the rows from `from` on by arbitrary ones, orthonormal among themselves and to those before, which must be
 * orthonormal. They are the parts of always the same vectors that lie outside of the span of the rows before, so a small
 * change of this span changes them little.
 */
export function completeBasis(rows: Float64Array, length: number, from: number): void {
  const next = arbitraryNumbers();
  for (let at = from * length; at < rows.length; at += 1) rows[at] = next();
  orthonormaliseEach(rows, length, next, from);
}

/**
 * The rows made orthonormal by the inverse of the Cholesky factor of their products, which multiplies whole matrices
 * and so is several times as fast as the Gram–Schmidt process. It is done twice, because rounding leaves too much the
 * first time. Undefined if a row lies so nearly in the span of those before it that twice is not enough.
 *
 * Y. Yamamoto, Y. Nakatsukasa, Y. Yanagisawa, T. Fukaya, Roundoff error analysis of the CholeskyQR2 algorithm,
 * Electronic Transactions on Numerical Analysis 44 (2015).
 */
function orthonormalised(rows: Float64Array, length: number): Float64Array | undefined {
  const count = rows.length / length;
  let result: Float64Array = rows.slice();
  if (!scaleToUnit(result, length)) return undefined;
  for (let pass = 0; pass < 2; pass += 1) {
    const factor = factorOf(multiplyRows(result, result, length), count);
    if (factor === undefined) return undefined;
    result = multiplyRows(invertLower(factor, count), transposed(result, length), count);
  }
  return result;
}

/** The Cholesky factor of the products of unit rows; undefined if they are nearly dependent. */
function factorOf(products: Float64Array, count: number): Float64Array | undefined {
  try {
    const factor = cholesky(products, count);
    // Each number on the diagonal is the share of a row that is left after projecting out those before it.
    for (let at = 0; at < count; at += 1) if (factor[at * count + at]! < LITTLE_LEFT) return undefined;
    return factor;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Returns false if a row is zero. */
function scaleToUnit(rows: Float64Array, length: number): boolean {
  for (let start = 0; start < rows.length; start += length) {
    const row = rows.subarray(start, start + length);
    const norm = normOf(row);
    if (norm <= Number.MIN_VALUE * 1e16) return false;
    for (let at = 0; at < length; at += 1) row[at]! /= norm;
  }
  return true;
}

/**
 * The Gram–Schmidt process. Each row is orthogonalised twice, because rounding leaves too much of the other rows after
 * the first time.
 */
function orthonormaliseEach(rows: Float64Array, length: number, next: () => number, from = 0): void {
  for (let start = from * length; start < rows.length; start += length) {
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
