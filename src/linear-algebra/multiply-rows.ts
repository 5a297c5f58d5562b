import { blockMultiplier, MOST_NUMBERS } from './multiply-blocks.ts';

// Only erasable TypeScript: worker threads run this file from source.

/** Fewer products than this are not worth copying the rows. */
const WORTH_COPYING = 4_096;

/**
 * The dot products of every row on the left with every row on the right, that is `left` × `right`ᵀ, in
 * row-major order. Rows have `length` numbers. Each sum is made up in the order of the numbers, so the
 * result does not depend on how the rows are divided among calls.
 */
export function multiplyRows(left: Float64Array, right: Float64Array, length: number): Float64Array {
  const lefts = left.length / length;
  const rights = right.length / length;
  const product = new Float64Array(lefts * rights);
  if (lefts >= 4 && product.length * length >= WORTH_COPYING && length <= MOST_NUMBERS) {
    blockMultiplier()(left, right, length, product);
    return product;
  }
  for (let i = 0; i < lefts; i += 1) {
    for (let j = 0; j < rights; j += 1) {
      product[i * rights + j] = dot(left, i * length, right, j * length, length);
    }
  }
  return product;
}

function dot(a: Float64Array, fromA: number, b: Float64Array, fromB: number, length: number): number {
  let sum = 0;
  for (let at = 0; at < length; at += 1) sum += a[fromA + at]! * b[fromB + at]!;
  return sum;
}
