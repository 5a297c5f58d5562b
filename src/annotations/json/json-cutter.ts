import { OPEN_BRACE, skipBlanks } from './json-bytes.ts';
import { JsonRow } from './json-row.ts';
import { RowWalker } from '../reading/row-walker.ts';
import { MALFORMED, MORE, RowCutter } from '../row.ts';

/** Rows that are JSON objects; what stands between them is the business of who extends it. */
export abstract class JsonCutter extends RowCutter {
  override readonly row: JsonRow;
  private readonly walker: RowWalker;

  constructor(keys: readonly string[]) {
    super();
    this.walker = new RowWalker(keys);
    this.row = new JsonRow(this.walker);
  }

  /** Moves to where a row begins, behind blanks, and returns it. */
  protected begin(bytes: Buffer, at: number, end: number): number {
    this.start = skipBlanks(bytes, at, end);
    this.row.bytes = bytes;
    return this.start;
  }

  /** Walks the row that begins there and returns the index behind it, or `MORE` or `MALFORMED`. */
  protected walk(bytes: Buffer, start: number, end: number, expected: string): number {
    if (start === end) return MORE;
    if (bytes[start] !== OPEN_BRACE) return this.fail(`expected ${expected}`, start);
    const rowEnd = this.walker.walk(bytes, start, end);
    return rowEnd === MALFORMED ? this.fail(this.walker.problem, this.walker.problemAt) : rowEnd;
  }
}
