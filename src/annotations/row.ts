/** A text that many rows have: the number itself where it is written like one, which costs no memory. */
export type Term = number | string;

/** Says what is wrong with the content of a row; the reader adds the line and byte. */
export class RowProblem extends Error {}

/** Whole numbers of up to nine digits become numbers, everything else stays text. */
export function termOf(text: string): Term {
  return /^(?:0|[1-9]\d{0,8})$/.test(text) ? Number(text) : text;
}

/**
 * The wanted values of the row that a reader has reached, by the numbers of their keys. One row
 * object is used for all rows: it must not be kept.
 */
export abstract class Row {
  /** The key of the list that the row is in. */
  list = '';

  abstract has(key: number): boolean;

  /** A value that is one string or number; `undefined` where there is none or it is null. */
  abstract term(key: number): Term | undefined;

  /** Calls back with each string or number of a value that is one of them or a list of them. */
  abstract eachTerm(key: number, visit: (term: Term) => void): void;

  /** The strings of a value that is one or a list of them; whatever else is in it is left out. */
  abstract texts(key: number): string[];
}

/** How the rows of a format are cut out of its bytes. */
export abstract class RowCutter {
  /** The row that `cut` has found. */
  abstract readonly row: Row;
  /** Where it begins, in the bytes; -1 where there was none before the end of the list. */
  start = 0;
  /** The list ends behind it. */
  closed = false;
  /** What is wrong, and where, when `cut` returned `MALFORMED`. */
  problem = '';
  problemAt = 0;

  /**
   * Finds the row that begins at `at`, and returns the index from which the next one is to be looked
   * for, or `MORE` or `MALFORMED`. The byte at `end` must be there, and be 0; `last` says that no
   * bytes come behind it. On `MORE`, the bytes before `start` are needed no more.
   */
  abstract cut(bytes: Buffer, at: number, end: number, last: boolean): number;

  protected fail(problem: string, at: number): number {
    this.problem = problem;
    this.problemAt = at;
    return MALFORMED;
  }
}

/** The row goes on behind the bytes there are. */
export const MORE = -1;
/** The bytes are no row. */
export const MALFORMED = -2;

/** Digits that make a number of a text whatever they are. */
const MAX_SMALL_DIGITS = 9;

/** The number that stands between two places, written as `termOf` has it; -1 where none does. */
export function smallNumber(bytes: Buffer, from: number, to: number): number {
  const length = to - from;
  if (length <= 0 || length > MAX_SMALL_DIGITS || (bytes[from] === 0x30 && length > 1)) return -1;
  let number = 0;
  for (let at = from; at < to; at += 1) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}
