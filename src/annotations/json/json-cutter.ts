import { OPEN_BRACE, skipBlanks } from './json-bytes.ts';
import { JsonRow } from './json-row.ts';
import { ObjectWalker } from './object-walker.ts';
import { MALFORMED, MORE, RowCutter } from '../reading/row.ts';

/** Finds rows that are JSON objects. Subclasses know what separates them. */
export abstract class JsonCutter extends RowCutter {
  override readonly row: JsonRow;
  protected readonly walker: ObjectWalker;

  constructor(keys: readonly string[]) {
    super();
    this.walker = new ObjectWalker(keys);
    this.row = new JsonRow(this.walker);
  }

  /** Skips white space and returns the index at which the row begins. */
  protected begin(bytes: Buffer, at: number, end: number): number {
    this.start = skipBlanks(bytes, at, end);
    this.row.bytes = bytes;
    return this.start;
  }

  /** Checks the row that begins at `start` and returns the index behind it, or `MORE`, or `MALFORMED`. */
  protected walk(bytes: Buffer, start: number, end: number, expected: string): number {
    if (start === end) return MORE;
    if (bytes[start] !== OPEN_BRACE) return this.fail(`expected ${expected}`, start);
    const rowEnd = this.walker.walk(bytes, start, end);
    this.row.start = start;
    this.row.end = rowEnd;
    return rowEnd === MALFORMED ? this.fail(this.walker.problem, this.walker.problemAt) : rowEnd;
  }
}
