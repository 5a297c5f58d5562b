/** An id or a label. What is written like a small whole number is kept as that number, which saves memory. */
export type Term = number | string;

/** A problem with the content of a row. The reader adds the line and byte. */
export class RowProblem extends Error {}

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

  /**
   * Finds the row at index `at` and returns the index at which to look for the next one, or `MORE`, or
   * `MALFORMED`. `bytes[end]` must be 0. `last` says that the file ends at `end`. After `MORE`, the bytes
   * before `start` are no longer needed.
   */
  abstract cut(bytes: Buffer, at: number, end: number, last: boolean): number;

  protected fail(problem: string, at: number): number {
    this.problem = problem;
    this.problemAt = at;
    return MALFORMED;
  }
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
