import { describe, expect, it } from '@jest/globals';
import { combineGrids, type ContributionGrid } from './contribution-grid.ts';

const WHOLE = { x: 0, y: 0, width: 1, height: 1 };

const grid = (rows: number, columns: number, values: number[], region = WHOLE): ContributionGrid => ({
  ...{ rows, columns, region },
  values: Float64Array.from(values),
});
const sum = ({ values }: ContributionGrid) => values.reduce((total, value) => total + value, 0);

describe('combineGrids', () => {
  it('leaves a single grid as it is', () => {
    const only = grid(2, 3, [1, -2, 3, 4, 5, 6], { x: 0.1, y: 0.2, width: 0.5, height: 0.7 });
    expect(combineGrids([only])).toEqual(only);
  });

  it('divides a cell among those that it overlaps, by area', () => {
    const both = combineGrids([grid(1, 2, [6, 0]), grid(1, 3, [0, 0, 1])]);
    expect([both.rows, both.columns]).toEqual([1, 3]);
    // The left half covers one third and half of the next.
    [4, 2, 1].forEach((value, at) => expect(both.values[at]).toBeCloseTo(value, 12));
  });

  it('keeps the sum whatever the sizes, and each part near its place', () => {
    const coarse = grid(
      7,
      7,
      Array.from({ length: 49 }, (_, at) => (at === 0 ? 1 : 0)),
    );
    const fine = grid(
      9,
      9,
      Array.from({ length: 81 }, (_, at) => (at === 80 ? -3 : 0)),
      {
        ...{ x: -0.001, y: -0.001, width: 1.002, height: 1.002 },
      },
    );
    const both = combineGrids([coarse, fine]);
    expect([both.rows, both.columns]).toEqual([9, 9]);
    expect(sum(both)).toBeCloseTo(-2, 12);
    const topLeft = [0, 1, 9, 10].reduce((total, at) => total + both.values[at]!, 0);
    expect(topLeft).toBeCloseTo(1, 12);
    expect(both.values[80]).toBeCloseTo(-3, 12);
  });

  it('covers what any of them covers', () => {
    const left = grid(2, 2, [1, 1, 1, 1], { x: 0, y: 0.25, width: 0.5, height: 0.5 });
    const all = combineGrids([left, grid(1, 1, [4])]);
    expect(all.region).toEqual(WHOLE);
    expect([all.rows, all.columns]).toEqual([4, 4]);
    expect(sum(all)).toBeCloseTo(8, 12);
    // One of the left grid in each of four cells, and a sixteenth of the other everywhere.
    expect(all.values[4]).toBeCloseTo(1.25, 12);
    expect(all.values[0]).toBeCloseTo(0.25, 12);
  });

  it('is never finer than 32 × 32', () => {
    const finest = combineGrids([
      grid(
        64,
        64,
        Array.from({ length: 64 * 64 }, () => 1),
      ),
    ]);
    expect([finest.rows, finest.columns]).toEqual([32, 32]);
    expect(finest.values.every((value) => Math.abs(value - 4) < 1e-9)).toBe(true);
  });
});
