import { describe, expect, it } from '@jest/globals';
import { SliceSize } from './slice-size.ts';

describe('SliceSize', () => {
  it('shrinks while slices take long, and grows again up to the most', () => {
    const size = new SliceSize(200);
    expect(size.rows).toBe(20);
    const sizes = (ms: number, slices: number) =>
      Array.from({ length: slices }, () => {
        size.took(ms);
        return size.rows;
      });
    expect(sizes(20, 11).at(-1)).toBe(200);
    expect(sizes(100, 2)).toEqual([100, 50]);
    // As long as wanted.
    expect(sizes(50, 2)).toEqual([50, 50]);
    // One that waited for the disk does not count for more than the next ones.
    expect(sizes(60_000, 3)).toEqual([13, 10, 10]);
    expect(sizes(0, 3)).toEqual([13, 16, 20]);
    expect(sizes(1, 20).at(-1)).toBe(200);
  });
});
