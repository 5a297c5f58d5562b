import { describe, expect, it } from '@jest/globals';
import { loweredBy, peakOf, whereText } from '../../web/src/search/hit/why-words.ts';

const grid = (side: number, valueAt: (row: number, column: number) => number) => ({
  ...{ rows: side, columns: side },
  values: Array.from({ length: side * side }, (_, at) => valueAt(Math.floor(at / side), at % side)),
});

describe('the words of an explanation', () => {
  it('name the parts that raise the score most', () => {
    const corner = grid(7, (row, column) => (row > 4 && column > 4 ? 0.1 : 0));
    expect(whereText(corner)).toBe('mostly from the bottom right (100%)');
    const two = grid(9, (row, column) => (row < 3 ? (column < 3 ? 0.03 : column > 5 ? 0.01 : 0) : 0));
    expect(whereText(two)).toBe('mostly from the top left (75%) and the top right (25%)');
  });

  it('say so if no part stands out', () => {
    expect(whereText(grid(9, () => 0.01))).toBe('about evenly from all parts');
    expect(whereText(grid(7, () => 0))).toBe('about evenly from all parts');
  });

  it('leave out what lowers the score, and add it up', () => {
    const mixed = grid(3, (row, column) => (row === 1 && column === 1 ? 0.5 : -0.01));
    expect(whereText(mixed)).toBe('mostly from the centre (100%)');
    expect(loweredBy(mixed)).toBeCloseTo(0.08, 12);
    expect(
      peakOf(
        mixed,
        grid(3, () => -0.7),
      ),
    ).toBe(0.7);
  });
});
