import { CsvCutter } from './csv-cutter.ts';
import type { FileWindow } from '../reading/file-window.ts';
import { RowReader, type Scan } from '../reading/row-reader.ts';
import { MALFORMED, RowProblem } from '../reading/row.ts';

export interface CsvOptions {
  /** The list that all rows belong to. */
  readonly list: string;
  /** What separates the values in one field; '' if each field is one value. */
  readonly separator: string;
  /** What separates the fields: one ASCII character. A comma if omitted. */
  readonly delimiter?: string;
  /** Chooses the columns to read. Their order gives their indexes in `Row`. May throw `RowProblem`. */
  readonly columns: (header: readonly string[]) => readonly string[];
}

/**
 * Reads CSV as defined in RFC 4180, with a header, commas, quotes that are doubled inside quotes, and lines
 * that end in CRLF or LF; another delimiter than the comma may be chosen. Empty lines are skipped, and so is a
 * first line "sep=;", which tells spreadsheets the delimiter. Empty fields behind those of the header are ignored.
 */
export class CsvReader extends RowReader {
  protected override cutter: CsvCutter;
  private readonly options: CsvOptions & { readonly delimiter: string };

  constructor(file: string, options: CsvOptions, chunkBytes?: number) {
    super(file, chunkBytes);
    this.options = { delimiter: ',', ...options };
    this.cutter = new CsvCutter(null, options.separator, this.options.delimiter);
  }

  protected override async scanFile(window: FileWindow, scan: Scan): Promise<void> {
    if (!(await window.begin())) throw await window.invalid('the file is empty');
    const { list, separator, delimiter, columns } = this.options;
    await skipDelimiterLine(window);
    const header = await readHeader(window, delimiter);
    if (header === null) throw await window.invalid('there is no header');
    let wanted: readonly string[];
    try {
      wanted = columns(header.names);
    } catch (error) {
      throw error instanceof RowProblem ? await window.invalid(error.message, header.offset) : error;
    }
    const numbers = wanted.map((name) => header.names.indexOf(name));
    this.cutter = new CsvCutter({ numbers, count: header.names.length }, separator, delimiter);
    await this.scanRows(window, list, scan);
  }
}

/** Reads the names of the columns and moves behind them; null if the file has only empty lines. */
async function readHeader(
  window: FileWindow,
  delimiter: string,
): Promise<{ names: string[]; offset: number } | null> {
  const cutter = new CsvCutter(null, '', delimiter);
  for (;;) {
    const next = cutter.cut(window.buffer, window.position, window.end, window.ended);
    if (next === MALFORMED) throw await window.invalid(cutter.problem, window.offsetOf(cutter.problemAt));
    if (next >= 0) {
      await window.assertUtf8(window.position, next);
      window.position = next;
      if (cutter.start === -1) return null;
      const names = cutter.names();
      // A delimiter behind the last name begins no column.
      while (names.length > 1 && names.at(-1) === '') names.pop();
      return { names, offset: window.offsetOf(cutter.start) };
    }
    if (window.ended) throw await window.endsEarly('header', window.offsetOf(window.position));
    window.position = cutter.start;
    await window.fill(window.position);
  }
}

/** Moves behind a first line such as "sep=;". */
async function skipDelimiterLine(window: FileWindow): Promise<void> {
  while (window.end - window.position < MAX_DELIMITER_LINE && (await window.fill(window.position)));
  const { buffer, position, end } = window;
  const line = delimiterLine(
    buffer.toString('latin1', position, Math.min(end, position + MAX_DELIMITER_LINE)),
  );
  window.position += line?.length ?? 0;
}

/** "sep=;" and a line end take this many bytes at most. */
const MAX_DELIMITER_LINE = 9;

/** The first line with which spreadsheets are told the delimiter; undefined if the text begins otherwise. */
export function delimiterLine(
  text: string,
): { readonly length: number; readonly delimiter: string } | undefined {
  const [line, delimiter] = /^"?sep=(.)"?(?:\r\n?|\n)/i.exec(text) ?? [];
  return line === undefined || delimiter === undefined ? undefined : { length: line.length, delimiter };
}

/** The fields of the first row of the bytes; null if they are not CSV with this delimiter. */
export function headerOf(
  bytes: Buffer,
  at: number,
  end: number,
  last: boolean,
  delimiter: string,
): string[] | null {
  const cutter = new CsvCutter(null, '', delimiter);
  return cutter.cut(bytes, at, end, last) < 0 || cutter.start === -1 ? null : cutter.names();
}
