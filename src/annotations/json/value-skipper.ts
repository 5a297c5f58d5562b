import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  isBlank,
  MAX_DEPTH,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './json-bytes.ts';

/**
 * Skips one JSON value of any size, chunk by chunk, remembering only its open brackets.
 *
 * It looks at brackets and strings only and accepts some malformed values: nobody reads what it skips.
 */
export class ValueSkipper {
  done = false;
  /** What is wrong with the value, at the index that `skip` returned. */
  problem: string | null = null;

  private readonly open: number[] = [];
  private inString = false;
  private escaped = false;
  private inScalar = false;

  /** Continues at `at` and returns the index behind the value, or `end` if it is not `done` yet. */
  skip(bytes: Uint8Array, at: number, end: number): number {
    while (at < end) {
      if (this.inString) {
        at = this.skipString(bytes, at, end);
        if (this.inString) return end;
        if (this.finished()) return at;
        continue;
      }
      const byte = bytes[at];
      const closes = byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET;
      if (this.inScalar && (closes || isBlank(byte))) {
        this.done = true;
        return at;
      }
      if (byte === QUOTE) {
        if (this.inScalar) return this.fail('a value is malformed', at);
        this.inString = true;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (this.open.length === MAX_DEPTH)
          return this.fail(`values are nested deeper than ${MAX_DEPTH}`, at);
        this.open.push(byte);
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        // In ASCII, the code of a closing bracket or brace is that of the opening one plus 2.
        if (this.open.pop() !== byte - 2) return this.fail('a bracket is closed that was not opened', at);
        if (this.finished()) return at + 1;
      } else if (this.open.length === 0) {
        if (byte === COMMA || byte === COLON) return this.fail('expected a value', at);
        this.inScalar = true;
      }
      at += 1;
    }
    return end;
  }

  private skipString(bytes: Uint8Array, at: number, end: number): number {
    if (this.escaped) {
      this.escaped = false;
      at += 1;
    }
    while (at < end) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        this.inString = false;
        return at + 1;
      }
      if (byte === BACKSLASH) {
        if (at + 1 === end) {
          this.escaped = true;
          return end;
        }
        at += 1;
      }
      at += 1;
    }
    return end;
  }

  private finished(): boolean {
    this.done = this.open.length === 0;
    return this.done;
  }

  private fail(problem: string, at: number): number {
    this.problem = problem;
    return at;
  }
}
