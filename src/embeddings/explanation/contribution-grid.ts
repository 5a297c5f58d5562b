import type { Region } from '../preprocessing/preprocess.ts';

/** What each part of a picture contributes to a score. */
export interface ContributionGrid {
  readonly rows: number;
  readonly columns: number;
  /** Row by row, rows × columns numbers. Their sum is the score; parts that lower it are negative. */
  readonly values: Float64Array;
  /** The part of the upright picture that the grid covers, as fractions of its width and height. */
  readonly region: Region;
}

/** No grid has more rows or columns. */
const MOST_ROWS = 32;

/**
 * Adds grids that cover about the same part of a picture, on one grid that is as fine as the finest of them and covers
 * what any of them covers. The value of a cell goes to the cells that it overlaps, in proportion to their common area,
 * so the sum remains the same.
 */
export function combineGrids(grids: readonly ContributionGrid[]): ContributionGrid {
  const region = unionOf(grids.map((grid) => grid.region));
  const rows = finest(grids.map((grid) => region.height / (grid.region.height / grid.rows)));
  const columns = finest(grids.map((grid) => region.width / (grid.region.width / grid.columns)));
  const values = new Float64Array(rows * columns);
  for (const grid of grids) {
    const down = shares(grid.rows, grid.region.y, grid.region.height, rows, region.y, region.height);
    const across = shares(grid.columns, grid.region.x, grid.region.width, columns, region.x, region.width);
    grid.values.forEach((value, at) => {
      for (const [row, high] of down[Math.floor(at / grid.columns)]!) {
        for (const [column, wide] of across[at % grid.columns]!) {
          values[row * columns + column]! += value * high * wide;
        }
      }
    });
  }
  return { rows, columns, values, region };
}

/** For each of `from` intervals of equal length, the intervals that it overlaps, with its share in each. */
function shares(
  from: number,
  start: number,
  length: number,
  to: number,
  wholeStart: number,
  wholeLength: number,
): (readonly [number, number])[][] {
  const step = length / from;
  const cell = wholeLength / to;
  return Array.from({ length: from }, (_, at) => {
    const begin = start - wholeStart + at * step;
    const end = begin + step;
    const first = within(Math.floor(begin / cell), to);
    const last = within(Math.ceil(end / cell) - 1, to);
    const overlaps = Array.from({ length: last - first + 1 }, (_, next) => {
      const index = first + next;
      return [index, Math.max(0, Math.min(end, (index + 1) * cell) - Math.max(begin, index * cell))] as const;
    });
    // Divided by their sum and not by the step, so that no rounding is lost at the edges.
    const sum = overlaps.reduce((total, [, overlap]) => total + overlap, 0);
    return overlaps.map(([index, overlap]) => [index, overlap / sum] as const);
  });
}

function within(index: number, count: number): number {
  return Math.min(Math.max(index, 0), count - 1);
}

/** Parts that several networks see differ by fractions of a cell, which is no reason for another row. */
function finest(counts: readonly number[]): number {
  return Math.min(MOST_ROWS, Math.max(...counts.map(Math.round)));
}

function unionOf(regions: readonly Region[]): Region {
  const x = Math.min(...regions.map((region) => region.x));
  const y = Math.min(...regions.map((region) => region.y));
  return {
    x,
    y,
    width: Math.max(...regions.map((region) => region.x + region.width)) - x,
    height: Math.max(...regions.map((region) => region.y + region.height)) - y,
  };
}
