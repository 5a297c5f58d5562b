import { seededRandom } from '../common/seeded-random.ts';
import { cholesky, invertLower } from './cholesky.ts';
import { multiplyRows } from './multiply-rows.ts';
import { transposed } from './transposed.ts';

// Only erasable TypeScript: worker threads run this file from source.

/** If less than this share of a row is left after projecting out the others, it is rounding error. */
const NOTHING_LEFT = 1e-10;
/** If less than this share of a row is left, products of rows are too imprecise to find it. */
const TOO_LITTLE_LEFT = 1e-4;

/** Numbers in [-1, 1), the same sequence in every run. */
export function arbitraryNumbers(): () => number {
  const random = seededRandom(1);
  return () => 2 * random() - 1;
}

/**
 * Makes the rows of a matrix orthonormal, in place: each is what is left of it without those before it, at unit length. A
 * row in the span of those before it is replaced by an arbitrary one, made of numbers from `next`. There must not be more
 * rows than a row has numbers.
 */
export function orthonormalise(rows: Float64Array, length: number, next: () => number): void {
  const before = rows.slice();
  if (byCholesky(rows, length)) return;
  rows.set(before);
  byGramSchmidt(rows, length, next);
}

/**
 * By two Cholesky factorisations of the products of rows, which is much faster. Returns false, with the rows changed, if
 * some row is nearly in the span of those before it.
 *
 * T. Fukaya et al., CholeskyQR2: a simple and communication-avoiding algorithm for computing a tall-skinny QR
 * factorization, ScalA 2014.
 */
function byCholesky(rows: Float64Array, length: number): boolean {
  const count = rows.length / length;
  for (let start = 0; start < rows.length; start += length) scaleToUnit(rows.subarray(start, start + length));
  for (let pass = 0; pass < 2; pass += 1) {
    const products = multiplyRows(rows, rows, length);
    const factor = factorOf(products, count);
    if (factor === undefined) return false;
    rows.set(multiplyRows(invertLower(factor, count), transposed(rows, length), count));
  }
  return true;
}

/** Undefined if too little is left of a row. */
function factorOf(products: Float64Array, count: number): Float64Array | undefined {
  let factor: Float64Array;
  try {
    factor = cholesky(products, count);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  for (let row = 0; row < count; row += 1) if (factor[row * count + row]! < TOO_LITTLE_LEFT) return undefined;
  return factor;
}

/** By the Gram–Schmidt process. Each row is orthogonalised twice, because rounding leaves too much of the others after the first time. */
function byGramSchmidt(rows: Float64Array, length: number, next: () => number): void {
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
        if (left > TOO_LITTLE_LEFT * whole) break;
        continue;
      }
      for (let at = 0; at < length; at += 1) row[at] = next();
    }
  }
}

function scaleToUnit(row: Float64Array): void {
  const norm = normOf(row);
  for (let at = 0; at < row.length; at += 1) row[at]! /= norm;
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
