import { MORE, resumeAtLine, Row, RowCutter, smallNumber, type Term } from '../reading/row.ts';

const QUOTE = 0x22;
const BLANK = 0x20;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const MAX_COLUMNS = 10_000;

/** 1 for the bytes that do not end a field without quotes. The 0 at the end of the bytes does. */
function plainBytes(delimiter: number): Uint8Array {
  const plain = new Uint8Array(256).fill(1);
  for (const byte of [0, QUOTE, delimiter, LINE_FEED, CARRIAGE_RETURN]) plain[byte] = 0;
  return plain;
}

/** Finds the rows of CSV. The header is the first row, read before any columns have been chosen. */
export class CsvCutter extends RowCutter {
  override readonly row: CsvRow;
  /** For each column, the index in `Row` of its field, or -1 if it is not wanted. */
  private readonly slots: Int32Array;
  private readonly count: number | null;
  private readonly plain: Uint8Array;
  private readonly delimiter: number;

  /**
   * Without `columns`, all fields are wanted, of up to ten thousand columns. `separator` separates the values in
   * one field, `delimiter` the fields: one ASCII character.
   */
  constructor(
    columns: { readonly numbers: readonly number[]; readonly count: number } | null,
    separator: string,
    delimiter: string,
  ) {
    super();
    this.delimiter = delimiter.charCodeAt(0);
    this.plain = plainBytes(this.delimiter);
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
    const { row, slots, plain, delimiter } = this;
    const { starts, ends, escaped } = row;
    row.bytes = bytes;
    this.closed = false;
    while (bytes[at] === LINE_FEED || bytes[at] === CARRIAGE_RETURN) at += 1;
    const start = at;
    this.start = start;
    if (at >= end) {
      if (!last) return MORE;
      this.closed = true;
      this.start = -1;
      return end;
    }
    /** Where the first field begins that the header does not have and that is not empty. */
    let surplus = -1;
    for (let column = 0; ; column += 1) {
      let from = at;
      let to: number;
      let doubled = 0;
      if (bytes[at] === QUOTE) {
        from = at + 1;
        for (;;) {
          at += 1;
          while (bytes[at] !== QUOTE && at < end) at += 1;
          // The next byte tells whether a quote ends the field.
          if (at + 1 >= end && !(last && at < end)) return MORE;
          if (bytes[at + 1] !== QUOTE || at + 1 >= end) break;
          doubled = 1;
          at += 1;
        }
        to = at;
        at += 1;
      } else {
        for (;;) {
          while (plain[bytes[at]!] === 1) at += 1;
          if (bytes[at] !== 0 || at >= end) break;
          at += 1;
        }
        to = at;
      }
      if (column >= slots.length) {
        if (this.count === null) return this.fail(`there are more than ${MAX_COLUMNS} columns`, start);
        if (surplus === -1 && to > from) surplus = from;
      }
      const slot = column < slots.length ? slots[column]! : -1;
      if (slot !== -1) {
        starts[slot] = from;
        ends[slot] = to;
        escaped[slot] = doubled;
      }
      // Spaces between the closing quote and the delimiter belong to nothing.
      if (bytes[from - 1] === QUOTE && from > start)
        while (at < end && bytes[at] === BLANK && delimiter !== BLANK) at += 1;
      const byte = bytes[at];
      if (at < end && byte === delimiter) {
        at += 1;
        continue;
      }
      if (at >= end) {
        if (!last) return MORE;
      } else if (byte === CARRIAGE_RETURN) {
        // A line feed behind it is skipped with the empty lines before the next row.
        at += 1;
      } else if (byte === LINE_FEED) at += 1;
      else if (byte === QUOTE) return this.fail('there is a quote inside a field without quotes', at);
      else
        return this.fail(
          `expected ${JSON.stringify(String.fromCharCode(delimiter))} or the end of the line after the quotes`,
          at,
        );

      if (this.count === null) row.fields = column + 1;
      else if (surplus !== -1) {
        return this.fail(mismatch(column + 1, this.count), surplus, at);
      } else if (column + 1 < this.count) {
        return this.fail(mismatch(column + 1, this.count), start, at);
      }
      return at;
    }
  }

  override resume(bytes: Buffer, end: number, last: boolean): number {
    return resumeAtLine(this, bytes, end, last);
  }
}

function mismatch(fields: number, columns: number): string {
  return `the row has ${fields} ${fields === 1 ? 'field' : 'fields'}, the header ${columns}`;
}

class CsvRow extends Row {
  bytes: Buffer = Buffer.alloc(0);
  /** For each wanted field: where it begins and ends inside its quotes, and whether it contains doubled ones. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly escaped: Uint8Array;
  /** The number of fields in the row, which is not known beforehand for the header. */
  fields: number;
  private readonly separator: string;
  /** The separator if it is a single byte, otherwise -1. */
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

  override value(key: number): unknown {
    return this.text(key);
  }

  override names(): string[] {
    return [];
  }

  override texts(key: number): string[] {
    return [this.text(key)];
  }

  text(key: number): string {
    const text = this.bytes.toString('utf8', this.starts[key], this.ends[key]);
    return this.escaped[key] === 1 ? text.replaceAll('""', '"') : text;
  }
}
