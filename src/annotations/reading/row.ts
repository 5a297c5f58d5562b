/** An id or a label. What is written like a small whole number is kept as that number, which saves memory. */
export type Term = number | string;

/** A problem with the content of a row. The reader adds the line and byte. */
export class RowProblem extends Error {
  /**
   * `at`: the index in the reader's bytes of what is wrong, if it is not the whole row. `text`: what to show of the row,
   * if it is not its beginning.
   */
  constructor(
    message: string,
    readonly at?: number,
    readonly text?: string,
  ) {
    super(message);
  }
}

/** Whole numbers of up to nine digits become numbers; everything else stays a string. */
export function termOf(text: string): Term {
  return /^(?:0|[1-9]\d{0,8})$/.test(text) ? Number(text) : text;
}

/**
 * The wanted values of the row that a reader has reached, by the indexes of their keys. The reader uses
 * one object for all rows, so do not keep it.
 */
export abstract class Row {
  /** The key of the list that contains the row. */
  list = '';

  abstract has(key: number): boolean;

  /** A value that is a string or a number; `undefined` if it is missing or null. */
  abstract term(key: number): Term | undefined;

  /** Calls back with each string or number in a value that is one, or a list of them. */
  abstract eachTerm(key: number, visit: (term: Term) => void): void;

  /** The value as it is: text in CSV; `undefined` if it is missing. */
  abstract value(key: number): unknown;

  /** The whole row as JSON; undefined in other formats. */
  whole(): unknown {
    return undefined;
  }

  /** The key of the row, if its list is an object of rows. */
  entry(): string | undefined {
    return undefined;
  }

  /** The names of all values of the row, or of its columns; none if the reader knows only those that are wanted. */
  abstract names(): string[];

  /** The strings in a value that is one, or a list of them. Anything else in the list is ignored. */
  abstract texts(key: number): string[];
}

/** Finds the rows of a format in its bytes. */
export abstract class RowCutter {
  /** The row that `cut` found. */
  abstract readonly row: Row;
  /** Index at which the row begins; -1 if the list ended without another row. */
  start = 0;
  /** Whether the list ends behind the row. */
  closed = false;
  /** What is wrong, and at which index, after `cut` returned `MALFORMED`. */
  problem = '';
  problemAt = 0;
  /** Index behind a malformed row whose end is known all the same; -1 if it is not. */
  problemEnd = -1;

  /**
   * Finds the row at index `at` and returns the index at which to look for the next one, or `MORE`, or
   * `MALFORMED`. `bytes[end]` must be 0. `last` says that the file ends at `end`. After `MORE`, the bytes
   * before `start` are no longer needed.
   */
  abstract cut(bytes: Buffer, at: number, end: number, last: boolean): number;

  /**
   * The index at which to go on behind the malformed row at `start`; `MORE` if it lies beyond `end`. Null for
   * formats in which nothing but the malformed text says where the next row begins.
   */
  resume(_bytes: Buffer, _end: number, _last: boolean): number | null {
    return null;
  }

  protected fail(problem: string, at: number, end = -1): number {
    this.problem = problem;
    this.problemAt = at;
    this.problemEnd = end;
    return MALFORMED;
  }
}

/** `RowCutter.resume` for formats with a row on each line: behind the row if its end is known, or else its first line. */
export function resumeAtLine(cutter: RowCutter, bytes: Buffer, end: number, last: boolean): number {
  if (cutter.problemEnd !== -1) return cutter.problemEnd;
  for (let at = cutter.start; at < end; at += 1) {
    if (bytes[at] === 0x0a || bytes[at] === 0x0d) return at + 1;
  }
  return last ? end : MORE;
}

/** The row continues beyond the bytes that were given. */
export const MORE = -1;
/** The bytes are not a row. */
export const MALFORMED = -2;

/** Whole numbers of up to this many digits are small integers to the engine, which take no memory of their own. */
const MAX_SMALL_DIGITS = 9;

/** The number written between two indexes, if `termOf` would take it for one; -1 otherwise. */
export function smallNumber(bytes: Buffer, from: number, to: number): number {
  const length = to - from;
  if (length <= 0 || length > MAX_SMALL_DIGITS || (bytes[from] === 0x30 && length > 1)) return -1;
  let number = 0;
  for (let at = from; at < to; at += 1) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}
