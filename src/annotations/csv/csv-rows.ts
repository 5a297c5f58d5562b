import type { FileWindow } from '../file-window.ts';
import { RowReader, type Scan } from '../reading/row-reader.ts';
import { MALFORMED, MORE, Row, RowCutter, smallNumber, type Term } from '../row.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const MAX_COLUMNS = 10_000;

/** 1 for the bytes that a field without quotes goes on with. The 0 at the end of the bytes stops it, too. */
const PLAIN = new Uint8Array(256).fill(1);
for (const byte of [0, QUOTE, COMMA, LINE_FEED, CARRIAGE_RETURN]) PLAIN[byte] = 0;

export interface CsvOptions {
  /** The list that all rows count for. */
  readonly list: string;
  /** What stands between several values in one field; '' where a field has one value. */
  readonly separator: string;
  /** Which columns to read, in the order of their numbers in `Row`. It may throw `RowProblem`. */
  readonly columns: (header: readonly string[]) => readonly string[];
}

/**
 * Reads CSV as RFC 4180 has it: a header, commas, quotes doubled inside quotes, lines that end in
 * CRLF or LF. Empty lines are passed over.
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
      throw await window.invalid((error as Error).message, header.offset);
    }
    const numbers = wanted.map((name) => header.names.indexOf(name));
    this.cutter = new CsvCutter({ numbers, count: header.names.length }, separator);
    await this.scanRows(window, list, scan);
  }
}

/** The names of the columns, and moves behind them; null where there are none. */
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

/** The columns of the header at the start of some bytes; null where they are no CSV. */
export function headerOf(bytes: Buffer, end: number, last: boolean): string[] | null {
  const cutter = new CsvCutter(null, '');
  return cutter.cut(bytes, 0, end, last) < 0 || cutter.start === -1 ? null : cutter.names();
}

export class CsvCutter extends RowCutter {
  override readonly row: CsvRow;
  /** Which wanted field each column is, or -1. */
  private readonly slots: Int32Array;
  private readonly count: number | null;

  /** Without `columns` the fields of the first ten thousand columns are wanted. */
  constructor(
    columns: { readonly numbers: readonly number[]; readonly count: number } | null,
    separator: string,
  ) {
    super();
    this.count = columns?.count ?? null;
    this.slots = new Int32Array(columns?.count ?? MAX_COLUMNS).fill(-1);
    const numbers = columns?.numbers ?? Array.from(this.slots.keys());
    numbers.forEach((column, slot) => {
      this.slots[column] = slot;
    });
    this.row = new CsvRow(numbers.length, separator);
  }

  names(): string[] {
    return Array.from({ length: this.row.fields }, (_, slot) => this.row.text(slot));
  }

  override cut(bytes: Buffer, at: number, end: number, last: boolean): number {
    const { row, slots } = this;
    const { starts, ends, escaped } = row;
    row.bytes = bytes;
    this.closed = false;
    while (bytes[at] === LINE_FEED || (bytes[at] === CARRIAGE_RETURN && bytes[at + 1] === LINE_FEED)) {
      at += bytes[at] === LINE_FEED ? 1 : 2;
    }
    const start = at;
    this.start = start;
    if (at >= end) {
      if (!last) return MORE;
      this.closed = true;
      this.start = -1;
      return end;
    }
    for (let column = 0; ; column += 1) {
      let from = at;
      let to: number;
      let doubled = 0;
      if (bytes[at] === QUOTE) {
        from = at + 1;
        for (;;) {
          at += 1;
          while (bytes[at] !== QUOTE && at < end) at += 1;
          // Whether a quote ends the field is told by the byte behind it.
          if (at + 1 >= end && !(last && at < end)) return MORE;
          if (bytes[at + 1] !== QUOTE || at + 1 >= end) break;
          doubled = 1;
          at += 1;
        }
        to = at;
        at += 1;
      } else {
        for (;;) {
          while (PLAIN[bytes[at]!] === 1) at += 1;
          if (bytes[at] !== 0 || at >= end) break;
          at += 1;
        }
        to = at;
      }
      if (column >= slots.length) {
        if (this.count === null) return this.fail(`there are more than ${MAX_COLUMNS} columns`, start);
        return this.fail(`the row has more than the ${this.count} fields of the header`, from);
      }
      const slot = slots[column]!;
      if (slot !== -1) {
        starts[slot] = from;
        ends[slot] = to;
        escaped[slot] = doubled;
      }
      const byte = bytes[at];
      if (at < end && byte === COMMA) {
        at += 1;
        continue;
      }
      if (at >= end) {
        if (!last) return MORE;
      } else if (byte === CARRIAGE_RETURN) {
        if (at + 1 >= end && !last) return MORE;
        if (at + 1 < end && bytes[at + 1] !== LINE_FEED) {
          return this.fail('a carriage return stands without a line feed', at);
        }
        at = Math.min(at + 2, end);
      } else if (byte === LINE_FEED) at += 1;
      else if (byte === QUOTE) return this.fail('a quote stands inside a field without quotes', at);
      else return this.fail('expected "," or the end of the line behind the quotes', at);

      if (this.count === null) row.fields = column + 1;
      else if (column + 1 < this.count) {
        return this.fail(`the row has ${column + 1} fields, the header ${this.count}`, start);
      }
      return at;
    }
  }
}

class CsvRow extends Row {
  bytes: Buffer = Buffer.alloc(0);
  /** Of each wanted field: where it begins and ends without its quotes, and whether it has doubled ones. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly escaped: Uint8Array;
  /** How many fields the row has, where that is not known before. */
  fields: number;
  private readonly separator: string;
  /** The separator, where it is one byte. */
  private readonly separatorByte: number;

  constructor(fields: number, separator: string) {
    super();
    this.fields = fields;
    this.starts = new Int32Array(fields);
    this.ends = new Int32Array(fields);
    this.escaped = new Uint8Array(fields);
    this.separator = separator;
    const code = separator.length === 1 ? separator.charCodeAt(0) : 0x80;
    this.separatorByte = code < 0x80 ? code : -1;
  }

  override has(): boolean {
    return true;
  }

  override term(key: number): Term | undefined {
    const number = smallNumber(this.bytes, this.starts[key]!, this.ends[key]!);
    return number === -1 ? this.text(key) : number;
  }

  override eachTerm(key: number, visit: (term: Term) => void): void {
    const { bytes, separator, separatorByte } = this;
    if (separator === '' || separatorByte === -1 || this.escaped[key] === 1) {
      const text = this.text(key);
      for (const part of separator === '' ? [text] : text.split(separator)) {
        const buffer = Buffer.from(part);
        const number = smallNumber(buffer, 0, buffer.length);
        visit(number === -1 ? part : number);
      }
      return;
    }
    const end = this.ends[key]!;
    let from = this.starts[key]!;
    for (;;) {
      let to = from;
      while (to < end && bytes[to] !== separatorByte) to += 1;
      const number = smallNumber(bytes, from, to);
      visit(number === -1 ? bytes.toString('utf8', from, to) : number);
      if (to >= end) return;
      from = to + 1;
    }
  }

  override texts(key: number): string[] {
    return [this.text(key)];
  }

  text(key: number): string {
    const text = this.bytes.toString('utf8', this.starts[key], this.ends[key]);
    return this.escaped[key] === 1 ? text.replaceAll('""', '"') : text;
  }
}
