import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../common/seeded-random.ts';
import { multiplyRows } from './multiply-rows.ts';

/** Each sum in the order of the numbers. */
function plainly(left: Float64Array, right: Float64Array, length: number): Float64Array {
  const [lefts, rights] = [left.length / length, right.length / length];
  const product = new Float64Array(lefts * rights);
  for (let i = 0; i < lefts; i += 1) {
    for (let j = 0; j < rights; j += 1) {
      for (let at = 0; at < length; at += 1)
        product[i * rights + j]! += left[i * length + at]! * right[j * length + at]!;
    }
  }
  return product;
}

describe('multiplyRows', () => {
  it.each([
    [1, 1, 1],
    [1, 300, 64],
    [3, 3, 3],
    [4, 4, 1_024],
    [5, 7, 131],
    [130, 514, 17],
    [64, 1_280, 33],
    [9, 3, 8_192],
    [5, 6, 8_193],
    [256, 256, 1],
  ])('of %i and %i rows of %i numbers gives every sum to the last bit', (lefts, rights, length) => {
    const random = seededRandom(lefts + rights + length);
    const rows = (count: number) => Float64Array.from({ length: count * length }, () => random() - 0.5);
    const [left, right] = [rows(lefts), rows(rights)];
    expect(multiplyRows(left, right, length)).toEqual(plainly(left, right, length));
    expect(multiplyRows(left, left, length)).toEqual(plainly(left, left, length));
  });

  it('gives nothing for no rows', () => {
    expect(multiplyRows(new Float64Array(0), new Float64Array(8), 4)).toEqual(new Float64Array(0));
    expect(multiplyRows(new Float64Array(8), new Float64Array(0), 4)).toEqual(new Float64Array(0));
  });
});
