/** What the API says of one picture: row by row, the parts of a score. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
  readonly values: readonly number[];
}

const PLACES = [
  ['top left', 'top', 'top right'],
  ['left', 'centre', 'right'],
  ['bottom left', 'bottom', 'bottom right'],
] as const;
/** An even ninth is 11 per cent. */
const LEAST_SHARE = 0.18;

const PERCENT = new Intl.NumberFormat('en-GB', { style: 'percent' });

/** Where in a picture its part of the score lies: `mostly from the centre (41%) and the left (20%)`. */
export function whereText(grid: Grid): string {
  const shares = placesOf(grid).filter(({ share }) => share >= LEAST_SHARE);
  const [first, second] = shares;
  if (first === undefined) return 'about evenly from all parts';
  const named = ({ place, share }: { place: string; share: number }) =>
    `the ${place} (${PERCENT.format(share)})`;
  return `mostly from ${second === undefined ? named(first) : `${named(first)} and ${named(second)}`}`;
}

/** The sum of what lowers the score, as a positive number. */
export function loweredBy({ values }: Grid): number {
  return -values.reduce((sum, value) => sum + Math.min(0, value), 0);
}

/** The greatest part of the score in a cell, in either direction, of all grids. */
export function peakOf(...grids: readonly Grid[]): number {
  return Math.max(0, ...grids.flatMap(({ values }) => values.map(Math.abs)));
}

/** The ninths of a picture, by their shares of all that raises the score. */
function placesOf({ rows, columns, values }: Grid): { place: string; share: number }[] {
  const sums = new Map<string, number>();
  let whole = 0;
  values.forEach((value, at) => {
    if (value <= 0) return;
    const row = Math.floor(((Math.floor(at / columns) + 0.5) / rows) * 3);
    const column = Math.floor((((at % columns) + 0.5) / columns) * 3);
    const place = PLACES[row]![column]!;
    sums.set(place, (sums.get(place) ?? 0) + value);
    whole += value;
  });
  return [...sums].map(([place, sum]) => ({ place, share: sum / whole })).sort((a, b) => b.share - a.share);
}
