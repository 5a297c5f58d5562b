/** A row of pictures of one height that fills the width. */
export interface Row {
  /** The index of its first picture. */
  readonly start: number;
  /** In pixels, without the caption. */
  readonly height: number;
  readonly widths: readonly number[];
}

/** Panoramas and banners are cut, so that one picture never takes a whole screen. */
const NARROWEST = 0.55;
const WIDEST = 2.4;

/**
 * Lays pictures of these aspect ratios (width divided by height) out in rows that fill `width`, with heights near
 * `rowHeight`. The last row keeps that height, and its right side stays empty if there are too few pictures.
 */
export function justify(aspects: readonly number[], width: number, rowHeight: number, gap: number): Row[] {
  const rows: Row[] = [];
  let start = 0;
  let sum = 0;
  for (let index = 0; index < aspects.length; index++) {
    const aspect = clamp(aspects[index]!);
    const count = index - start;
    // Ends the row before this picture if its height is then nearer to the one that is wanted.
    if (count > 0) {
      const without = heightOf(sum, count, width, gap);
      const withIt = heightOf(sum + aspect, count + 1, width, gap);
      if (withIt < rowHeight && Math.abs(without - rowHeight) <= Math.abs(withIt - rowHeight)) {
        rows.push(rowOf(aspects, start, index, without, width, gap));
        start = index;
        sum = 0;
      }
    }
    sum += aspect;
    if (heightOf(sum, index - start + 1, width, gap) <= rowHeight) {
      rows.push(rowOf(aspects, start, index + 1, heightOf(sum, index - start + 1, width, gap), width, gap));
      start = index + 1;
      sum = 0;
    }
  }
  if (start < aspects.length) rows.push(rowOf(aspects, start, aspects.length, rowHeight));
  return rows;
}

function heightOf(sum: number, count: number, width: number, gap: number): number {
  return (width - gap * (count - 1)) / sum;
}

function rowOf(
  aspects: readonly number[],
  start: number,
  end: number,
  exact: number,
  width?: number,
  gap = 0,
): Row {
  const height = Math.max(1, Math.round(exact));
  const widths = aspects.slice(start, end).map((aspect) => Math.floor(clamp(aspect) * exact));
  if (width !== undefined) {
    // What rounding has left goes to the last one: the right edge stays straight.
    const rest = width - gap * (widths.length - 1) - widths.reduce((total, each) => total + each, 0);
    widths[widths.length - 1]! += rest;
  }
  return { start, height, widths };
}

function clamp(aspect: number): number {
  return Math.min(WIDEST, Math.max(NARROWEST, aspect));
}
