import type { FileWindow } from '../reading/file-window.ts';
import { RowReader, type Scan } from '../reading/row-reader.ts';
import { MORE, resumeAtLine, Row, RowCutter, smallNumber, type Term } from '../reading/row.ts';

const BLANK = 0x20;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Reads a list file of DeepFashion: a line with the number of rows, a line with the names of the columns, and a line
 * for each row, whose fields are separated by spaces.
 */
export class ListReader extends RowReader {
  protected override readonly cutter: ListCutter;

  constructor(
    file: string,
    private readonly list: string,
    columns: number,
    chunkBytes?: number,
  ) {
    super(file, chunkBytes);
    this.cutter = new ListCutter(columns);
  }

  protected override async scanFile(window: FileWindow, scan: Scan): Promise<void> {
    await window.begin();
    const header = listHeaderOf(window);
    if (header === undefined) throw await window.invalid(NO_LIST);
    window.position = header.behind;
    await this.scanRows(window, this.list, scan);
  }
}

export const NO_LIST = 'the file does not begin with the number of its rows and the names of its columns';

/** The names of the columns of a list file, and the index behind them; undefined if a file is none. */
export function listHeaderOf(
  window: FileWindow,
): { readonly columns: readonly string[]; readonly behind: number } | undefined {
  const head = window.buffer.toString(
    'latin1',
    window.position,
    Math.min(window.end, window.position + 10_000),
  );
  const [text, names] = /^\s*\d{1,12}[ \t]*\r?\n([A-Za-z][\w \t-]*)\r?\n/.exec(head) ?? [];
  if (text === undefined || names === undefined) return undefined;
  const columns = names.trim().split(/\s+/);
  return columns.length < 2 ? undefined : { columns, behind: window.position + text.length };
}

class ListCutter extends RowCutter {
  override readonly row = new ListRow();
  private readonly columns: number;

  constructor(columns: number) {
    super();
    this.columns = columns;
  }

  override cut(bytes: Buffer, at: number, end: number, last: boolean): number {
    const { row } = this;
    while (at < end && isSpace(bytes[at])) at += 1;
    this.start = at;
    this.closed = false;
    if (at >= end) {
      if (!last) return MORE;
      this.closed = true;
      this.start = -1;
      return end;
    }
    row.bytes = bytes;
    row.fields.length = 0;
    while (at < end && !isLineEnd(bytes[at])) {
      const from = at;
      while (at < end && !isSpace(bytes[at])) at += 1;
      row.fields.push(from, at);
      while (at < end && (bytes[at] === BLANK || bytes[at] === TAB)) at += 1;
    }
    if (at >= end && !last) return MORE;
    const count = row.fields.length / 2;
    if (count >= this.columns) return at;
    return this.fail(
      `the row has ${count} ${count === 1 ? 'field' : 'fields'}, the header ${this.columns}`,
      this.start,
      at,
    );
  }

  override resume(bytes: Buffer, end: number, last: boolean): number {
    return resumeAtLine(this, bytes, end, last);
  }
}

/** A row whose keys are the numbers of its fields. */
class ListRow extends Row {
  bytes: Buffer = Buffer.alloc(0);
  /** Where each field begins and ends, one after the other. */
  readonly fields: number[] = [];

  override has(key: number): boolean {
    return 2 * key < this.fields.length;
  }

  override term(key: number): Term | undefined {
    if (!this.has(key)) return undefined;
    const number = smallNumber(this.bytes, this.fields[2 * key]!, this.fields[2 * key + 1]!);
    return number === -1 ? this.text(key) : number;
  }

  override eachTerm(key: number, visit: (term: Term) => void): void {
    const term = this.term(key);
    if (term !== undefined) visit(term);
  }

  override value(key: number): unknown {
    return this.has(key) ? this.text(key) : undefined;
  }

  override names(): string[] {
    return [];
  }

  override texts(key: number): string[] {
    return this.has(key) ? [this.text(key)] : [];
  }

  private text(key: number): string {
    return this.bytes.toString('utf8', this.fields[2 * key], this.fields[2 * key + 1]);
  }
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === LINE_FEED || byte === CARRIAGE_RETURN;
}

function isSpace(byte: number | undefined): boolean {
  return byte === BLANK || byte === TAB || isLineEnd(byte);
}
