import { CsvCutter } from './csv-cutter.ts';
import type { FileWindow } from '../reading/file-window.ts';
import { RowReader, type Scan } from '../reading/row-reader.ts';
import { MALFORMED, RowProblem } from '../reading/row.ts';

export interface CsvOptions {
  /** The list that all rows belong to. */
  readonly list: string;
  /** What separates the values in one field; '' if each field is one value. */
  readonly separator: string;
  /** Chooses the columns to read. Their order gives their indexes in `Row`. May throw `RowProblem`. */
  readonly columns: (header: readonly string[]) => readonly string[];
}

/**
 * Reads CSV as defined in RFC 4180, with a header, commas, quotes that are doubled inside quotes, and lines
 * that end in CRLF or LF. Empty lines are skipped.
 */
export class CsvReader extends RowReader {
  protected override cutter: CsvCutter;
  private readonly options: CsvOptions;

  constructor(file: string, options: CsvOptions, chunkBytes?: number) {
    super(file, chunkBytes);
    this.options = options;
    this.cutter = new CsvCutter(null, options.separator);
  }

  protected override async scanFile(window: FileWindow, scan: Scan): Promise<void> {
    if (!(await window.begin())) throw await window.invalid('the file is empty');
    const { list, separator, columns } = this.options;
    const header = await readHeader(window);
    if (header === null) throw await window.invalid('there is no header');
    let wanted: readonly string[];
    try {
      wanted = columns(header.names);
    } catch (error) {
      throw error instanceof RowProblem ? await window.invalid(error.message, header.offset) : error;
    }
    const numbers = wanted.map((name) => header.names.indexOf(name));
    this.cutter = new CsvCutter({ numbers, count: header.names.length }, separator);
    await this.scanRows(window, list, scan);
  }
}

/** Reads the names of the columns and moves behind them; null if the file has only empty lines. */
async function readHeader(window: FileWindow): Promise<{ names: string[]; offset: number } | null> {
  const cutter = new CsvCutter(null, '');
  for (;;) {
    const next = cutter.cut(window.buffer, window.position, window.end, window.ended);
    if (next === MALFORMED) throw await window.invalid(cutter.problem, window.offsetOf(cutter.problemAt));
    if (next >= 0) {
      await window.assertUtf8(window.position, next);
      window.position = next;
      if (cutter.start === -1) return null;
      return { names: cutter.names(), offset: window.offsetOf(cutter.start) };
    }
    if (window.ended) throw await window.endsEarly('header', window.offsetOf(window.position));
    window.position = cutter.start;
    await window.fill(window.position);
  }
}

/** The columns of the header at the start of the bytes; null if they are not CSV. */
export function headerOf(bytes: Buffer, end: number, last: boolean): string[] | null {
  const cutter = new CsvCutter(null, '');
  return cutter.cut(bytes, 0, end, last) < 0 || cutter.start === -1 ? null : cutter.names();
}
