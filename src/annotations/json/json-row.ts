import { BACKSLASH, CLOSE_BRACKET, COMMA, isBlank, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './json-bytes.ts';
import type { ObjectWalker } from './object-walker.ts';
import { Row, RowProblem, smallNumber, termOf, type Term } from '../reading/row.ts';

const NO_TERM = 'expected a string or a number';

/** The values that a walker found. Simple numbers and strings are read directly from the bytes. */
export class JsonRow extends Row {
  bytes: Buffer = Buffer.alloc(0);
  /** Where the object begins and ends. */
  start = 0;
  end = 0;
  /** Where the key of the row is, with its quotes, if it has one; -1 if it has none. */
  keyStart = -1;
  keyEnd = -1;
  private readonly walker: ObjectWalker;

  constructor(walker: ObjectWalker) {
    super();
    this.walker = walker;
  }

  override has(key: number): boolean {
    return this.walker.starts[key] !== -1;
  }

  override term(key: number): Term | undefined {
    const start = this.walker.starts[key]!;
    return start === -1 ? undefined : this.termAt(start, this.walker.ends[key]!);
  }

  override eachTerm(key: number, visit: (term: Term) => void): void {
    const start = this.walker.starts[key]!;
    if (start === -1) return;
    const end = this.walker.ends[key]!;
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
        while (this.bytes[at] !== COMMA && this.bytes[at] !== CLOSE_BRACKET && !isBlank(this.bytes[at])) {
          at += 1;
        }
      }
      const term = this.termAt(from, at);
      if (term !== undefined) visit(term);
    }
  }

  override value(key: number): unknown {
    const start = this.walker.starts[key]!;
    if (start === -1) return undefined;
    return parsed(this.bytes.toString('utf8', start, this.walker.ends[key]));
  }

  override names(): string[] {
    const row = this.whole();
    return typeof row === 'object' && row !== null && !Array.isArray(row) ? Object.keys(row) : [];
  }

  override whole(): unknown {
    return parsed(this.bytes.toString('utf8', this.start, this.end));
  }

  override entry(): string | undefined {
    if (this.keyStart === -1) return undefined;
    return JSON.parse(this.bytes.toString('utf8', this.keyStart, this.keyEnd)) as string;
  }

  override texts(key: number): string[] {
    const value = this.value(key);
    if (value === undefined) return [];
    const values: unknown[] = Array.isArray(value) ? value : [value];
    return values.filter((text): text is string => typeof text === 'string');
  }

  private termAt(start: number, end: number): Term | undefined {
    const { bytes } = this;
    const quoted = bytes[start] === QUOTE;
    const number = quoted ? smallNumber(bytes, start + 1, end - 1) : smallNumber(bytes, start, end);
    if (number !== -1) return number;
    if (quoted && isPlain(bytes, start + 1, end - 1)) return bytes.toString('latin1', start + 1, end - 1);
    const value = parsed(bytes.toString('utf8', start, end));
    if (typeof value === 'string') return value;
    if (value === null) return undefined;
    if (typeof value !== 'number') throw new RowProblem(NO_TERM);
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      throw new RowProblem('a number is too large to be exact. Write it as a string');
    }
    return termOf(String(value));
  }
}

/** Whether a JSON string contains only ASCII characters and no escapes. */
function isPlain(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at]!;
    if (byte === BACKSLASH || byte >= 0x80) return false;
  }
  return true;
}

/** A JSON value that may contain NaN or Infinity, as Python writes them: they are null. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const standard = text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (token) =>
      token.startsWith('"') ? token : 'null',
    );
    try {
      return JSON.parse(standard);
    } catch {
      throw new RowProblem('a value is malformed');
    }
  }
}
