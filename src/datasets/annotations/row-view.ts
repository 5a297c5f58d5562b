import {
  BACKSLASH,
  CLOSE_BRACKET,
  COMMA,
  isBlank,
  isDigit,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './json-bytes.ts';
import type { RowWalker } from './row-walker.ts';

/** A text that many rows have: the number itself where it is written like one, which costs no memory. */
export type Term = number | string;

/** Says what is wrong with the content of a row; the reader adds the line and byte. */
export class RowProblem extends Error {}

const MAX_SMALL_DIGITS = 9;
const NO_TERM = 'expected a string or a number';

/** Whole numbers of up to nine digits become numbers, everything else stays text. */
export function termOf(text: string): Term {
  return /^(?:0|[1-9]\d{0,8})$/.test(text) ? Number(text) : text;
}

/**
 * The wanted values of the row that the reader has reached. One view is used for all rows: it
 * must not be kept. Values that are plain numbers or strings are read from the bytes directly.
 */
export class RowView {
  /** The key of the list that the row is in. */
  list = '';
  bytes: Buffer = Buffer.alloc(0);

  constructor(private readonly walker: RowWalker) {}

  has(key: number): boolean {
    return this.walker.starts[key] !== -1;
  }

  /** The value of a key, `undefined` where the row has none. */
  value(key: number): unknown {
    const start = this.walker.starts[key] ?? -1;
    if (start === -1) return undefined;
    return JSON.parse(this.bytes.toString('utf8', start, this.walker.ends[key])) as unknown;
  }

  /** A value that is one string or number; `undefined` where there is none or it is null. */
  term(key: number): Term | undefined {
    const start = this.walker.starts[key] ?? -1;
    return start === -1 ? undefined : this.termAt(start, this.walker.ends[key] ?? start);
  }

  /** Calls back with each string or number of a value that is one of them or a list of them. */
  eachTerm(key: number, visit: (term: Term) => void): void {
    const start = this.walker.starts[key] ?? -1;
    if (start === -1) return;
    const end = this.walker.ends[key] ?? start;
    if (this.bytes[start] !== OPEN_BRACKET) {
      const term = this.termAt(start, end);
      if (term !== undefined) visit(term);
      return;
    }
    let at = start + 1;
    for (;;) {
      while (isBlank(this.bytes[at]) || this.bytes[at] === COMMA) at += 1;
      if (this.bytes[at] === CLOSE_BRACKET) return;
      if (this.bytes[at] === OPEN_BRACKET || this.bytes[at] === OPEN_BRACE) throw new RowProblem(NO_TERM);
      const from = at;
      if (this.bytes[at] === QUOTE) {
        at += 1;
        while (this.bytes[at] !== QUOTE) at += this.bytes[at] === BACKSLASH ? 2 : 1;
        at += 1;
      } else {
        while (this.bytes[at] !== COMMA && this.bytes[at] !== CLOSE_BRACKET && !isBlank(this.bytes[at]))
          at += 1;
      }
      const term = this.termAt(from, at);
      if (term !== undefined) visit(term);
    }
  }

  private termAt(start: number, end: number): Term | undefined {
    const { bytes } = this;
    const quoted = bytes[start] === QUOTE;
    const from = quoted ? start + 1 : start;
    const to = quoted ? end - 1 : end;
    const length = to - from;
    if (length > 0 && length <= MAX_SMALL_DIGITS && (bytes[from] !== 0x30 || length === 1)) {
      let number = 0;
      let at = from;
      while (at < to && isDigit(bytes[at])) {
        number = number * 10 + (bytes[at] ?? 0) - 0x30;
        at += 1;
      }
      if (at === to) return number;
    }
    const value = JSON.parse(bytes.toString('utf8', start, end)) as unknown;
    if (typeof value === 'string') return value;
    if (value === null) return undefined;
    if (typeof value !== 'number') throw new RowProblem(NO_TERM);
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      throw new RowProblem('a number is too large to be exact; write it as a string');
    }
    return termOf(String(value));
  }
}
