import {
  BACKSLASH,
  COLON,
  COMMA,
  isDigit,
  MAX_DEPTH,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipBlanks,
} from './json-bytes.ts';
import { MALFORMED, MORE } from '../reading/row.ts';

/** 1 for the bytes that need no attention inside a string: not quotes, backslashes or control characters. */
const PLAIN = new Uint8Array(256).fill(1, 0x20);
PLAIN[QUOTE] = 0;
PLAIN[BACKSLASH] = 0;

const NONE: never[] = [];
const MINUS = 0x2d;
/** Python writes the last two, though JSON does not have them. */
const LITERALS = ['true', 'false', 'null', 'NaN', 'Infinity', '-Infinity'].map((word) => Buffer.from(word));

/**
 * Walks over one JSON object in memory: checks that it is valid JSON, finds its end, and notes where the
 * values of the wanted keys are, so that nothing else is ever turned into strings and objects.
 */
export class ObjectWalker {
  problem = '';
  problemAt = 0;
  /** Where the value of each wanted key begins; -1 if the object does not have the key. */
  readonly starts: Int32Array;
  /** Where it ends. */
  readonly ends: Int32Array;

  /** The wanted keys by their length in bytes, each with its index. */
  private readonly keys: { readonly index: number; readonly bytes: Uint8Array }[][] = [];
  private readonly stack = new Uint8Array(MAX_DEPTH);

  constructor(keys: readonly string[]) {
    keys.forEach((key, index) => {
      const bytes = Buffer.from(key);
      (this.keys[bytes.length] ??= []).push({ index, bytes });
    });
    for (let length = 0; length < this.keys.length; length += 1) this.keys[length] ??= [];
    this.starts = new Int32Array(keys.length);
    this.ends = new Int32Array(keys.length);
  }

  /**
   * Returns the index behind the object that begins at `at`, or `MORE`, or `MALFORMED`. `bytes[end]` must
   * be 0: it ends the loops that do not compare with `end`.
   */
  walk(bytes: Buffer, at: number, end: number): number {
    this.starts.fill(-1);
    const { stack } = this;
    let depth = 0;
    let wanted = -1;

    for (;;) {
      // A value begins here.
      at = skipBlanks(bytes, at, end);
      if (at >= end) return MORE;
      const byte = bytes[at];
      if (wanted !== -1 && depth === 1) this.starts[wanted] = at;
      let needsKey = false;
      let closed = false;
      if (byte === QUOTE) {
        at = this.string(bytes, at, end);
        if (at < 0) return at;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (depth === MAX_DEPTH) return this.fail(`values are nested deeper than ${MAX_DEPTH}`, at);
        stack[depth] = byte;
        depth += 1;
        at = skipBlanks(bytes, at + 1, end);
        if (at >= end) return MORE;
        // In ASCII, the code of a closing bracket or brace is that of the opening one plus 2.
        if (bytes[at] === byte + 2) closed = true;
        else if (byte === OPEN_BRACE) needsKey = true;
        else continue;
      } else {
        at = this.scalar(bytes, at, end);
        if (at < 0) return at;
      }

      // A value ends here, unless an object has just begun.
      while (!needsKey) {
        if (closed) {
          depth -= 1;
          at += 1;
          if (depth === 0) return at;
          closed = false;
        }
        if (depth === 1 && wanted !== -1) {
          this.ends[wanted] = at;
          wanted = -1;
        }
        at = skipBlanks(bytes, at, end);
        if (at >= end) return MORE;
        const next = bytes[at];
        const inside = stack[depth - 1]!;
        if (next === COMMA) {
          at += 1;
          if (inside === OPEN_BRACKET) break;
          needsKey = true;
        } else if (next === inside + 2) closed = true;
        else return this.fail(inside === OPEN_BRACE ? 'expected "," or "}"' : 'expected "," or "]"', at);
      }

      if (needsKey) {
        at = skipBlanks(bytes, at, end);
        if (at >= end) return MORE;
        if (bytes[at] !== QUOTE) return this.fail('expected a key in double quotes', at);
        const keyEnd = this.string(bytes, at, end);
        if (keyEnd < 0) return keyEnd;
        if (depth === 1) wanted = this.keyIndex(bytes, at, keyEnd);
        at = skipBlanks(bytes, keyEnd, end);
        if (at >= end) return MORE;
        if (bytes[at] !== COLON) return this.fail('expected ":" after the key', at);
        at += 1;
      }
    }
  }

  /** The index of the wanted key between the quotes, or -1. */
  private keyIndex(bytes: Buffer, start: number, end: number): number {
    const length = end - start - 2;
    const candidates = length < this.keys.length ? this.keys[length]! : NONE;
    for (const key of candidates) {
      let same = 0;
      while (same < length && bytes[start + 1 + same] === key.bytes[same]) same += 1;
      if (same === length) return key.index;
    }
    return -1;
  }

  /** Notes that the row has none of the wanted keys. */
  forget(): void {
    this.starts.fill(-1);
  }

  /** The index behind the string that begins at `at`, or `MORE`, or `MALFORMED`. */
  string(bytes: Buffer, at: number, end: number): number {
    for (;;) {
      at += 1;
      while (PLAIN[bytes[at]!] === 1) at += 1;
      if (at >= end) return MORE;
      const byte = bytes[at];
      if (byte === QUOTE) return at + 1;
      if (byte !== BACKSLASH)
        return this.fail('a string contains a control character (a quote is missing?)', at);
      at += 1;
      if (at >= end) return MORE;
      if (bytes[at] === 0x75) {
        if (at + 4 >= end) return MORE;
        if (!/^[0-9a-f]{4}$/i.test(bytes.toString('latin1', at + 1, at + 5))) {
          return this.fail('a string has a malformed escape', at - 1);
        }
        at += 4;
      } else if (!'"\\/bfnrt'.includes(String.fromCharCode(bytes[at]!))) {
        return this.fail('a string has a malformed escape', at - 1);
      }
    }
  }

  private scalar(bytes: Buffer, at: number, end: number): number {
    const start = at;
    for (const word of LITERALS) {
      if (bytes[at] !== word[0] || (word[0] === MINUS && bytes[at + 1] !== word[1])) continue;
      if (at + word.length > end) return MORE;
      for (let index = 1; index < word.length; index += 1) {
        if (bytes[at + index] !== word[index]) return this.fail('expected a value', start);
      }
      return at + word.length;
    }
    if (bytes[at] === MINUS) at += 1;
    const digits = at;
    while (at < end && isDigit(bytes[at])) at += 1;
    if (at >= end) return MORE;
    if (at === digits || (bytes[digits] === 0x30 && at > digits + 1))
      return this.fail('expected a value', start);
    if (bytes[at] === 0x2e) {
      at += 1;
      const fraction = at;
      while (at < end && isDigit(bytes[at])) at += 1;
      if (at >= end) return MORE;
      if (at === fraction) return this.fail('a number is malformed', start);
    }
    if (bytes[at] === 0x65 || bytes[at] === 0x45) {
      at += 1;
      if (bytes[at] === 0x2b || bytes[at] === 0x2d) at += 1;
      const exponent = at;
      while (at < end && isDigit(bytes[at])) at += 1;
      if (at >= end) return MORE;
      if (at === exponent) return this.fail('a number is malformed', start);
    }
    return at;
  }

  private fail(problem: string, at: number): number {
    this.problem = problem;
    this.problemAt = at;
    return MALFORMED;
  }
}
