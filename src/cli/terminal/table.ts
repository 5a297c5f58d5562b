import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';
import { coloured } from './colour.ts';
import { printable } from './printable.ts';

export interface Column {
  readonly header: string;
  /** Numbers are easier to compare when they are aligned on the right. */
  readonly align?: 'left' | 'right';
  /** Whether its cells may be shortened so that the table fits the terminal. */
  readonly shrinks?: boolean;
}

const GAP = '  ';
/** Columns are not made narrower than this. */
const NARROWEST = 8;

/**
 * Formats rows below a header, as wide as the terminal at most; unlimited if the stream is not a terminal. Cells
 * may contain anything: control characters are replaced, and wide characters take two columns.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  stream: NodeJS.WriteStream = process.stdout,
): string {
  const used = columns.map((column, at) => ({
    ...column,
    cells: rows.map((row) => printable(row[at] ?? '')),
  }));
  const natural = used.map(({ header, cells }) =>
    Math.max(...[header, ...cells].map((text) => stringWidth(text))),
  );
  const widths = fitted(natural, columns, stream.isTTY ? stream.columns : Infinity);
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => aligned(cliTruncate(cell, widths[at] ?? 0), widths[at] ?? 0, columns[at]?.align))
      .join(GAP)
      .trimEnd();
  const header = coloured('bold', line(columns.map(({ header: text }) => text)), stream);
  const body = rows.map((_, row) => line(used.map(({ cells }) => cells[row] ?? '')));
  return [header, ...body].map((text) => `${text}\n`).join('');
}

/** Takes from the widest of the columns that may shrink until the table fits, or until all are narrow. */
function fitted(natural: readonly number[], columns: readonly Column[], available: number): number[] {
  const widths = [...natural];
  let excess = sum(widths) + GAP.length * (widths.length - 1) - available;
  while (excess > 0) {
    let widest = -1;
    for (const [at, { shrinks }] of columns.entries()) {
      const width = widths[at] ?? 0;
      if (shrinks === true && width > NARROWEST && width > (widths[widest] ?? 0)) widest = at;
    }
    if (widest === -1) return widths;
    widths[widest]! -= 1;
    excess -= 1;
  }
  return widths;
}

function aligned(text: string, width: number, align: Column['align']): string {
  const padding = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return align === 'right' ? `${padding}${text}` : `${text}${padding}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
