import { JsonCutter } from './json-cutter.ts';
import type { FileWindow } from '../reading/file-window.ts';
import { RowReader, type Scan } from '../reading/row-reader.ts';
import { MALFORMED, MORE, resumeAtLine, type RowCutter } from '../reading/row.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Reads a file that has a JSON object on each line. Empty lines are skipped. */
export class JsonlReader extends RowReader {
  protected override readonly cutter: RowCutter;
  private readonly list: string;

  constructor(
    file: string,
    { list, keys }: { readonly list: string; readonly keys: readonly string[] },
    chunkBytes?: number,
  ) {
    super(file, chunkBytes);
    this.list = list;
    this.cutter = new LineRowCutter(keys);
  }

  protected override async scanFile(window: FileWindow, scan: Scan): Promise<void> {
    if (!(await window.begin())) throw await window.invalid('the file is empty');
    await this.scanRows(window, this.list, scan);
  }
}

class LineRowCutter extends JsonCutter {
  override cut(bytes: Buffer, at: number, end: number, last: boolean): number {
    const start = this.begin(bytes, at, end);
    this.closed = start === end && last;
    if (this.closed) {
      this.start = -1;
      return end;
    }
    const rowEnd = this.walk(bytes, start, end, 'a row, {…}, on each line');
    if (rowEnd === MALFORMED) {
      // What follows on the next line is not what is wrong.
      const lineEnd = bytes.indexOf(LINE_FEED, start);
      if (lineEnd !== -1 && lineEnd < this.problemAt)
        return this.fail('the line ends before the row does', lineEnd);
    }
    if (rowEnd === MORE || rowEnd === MALFORMED) return rowEnd;
    let behind = rowEnd;
    while (bytes[behind] === 0x20 || bytes[behind] === 0x09 || bytes[behind] === CARRIAGE_RETURN) behind += 1;
    if (behind >= end) return last ? end : MORE;
    if (bytes[behind] !== LINE_FEED) return this.fail('expected the end of the line after the row', behind);
    return behind + 1;
  }

  override resume(bytes: Buffer, end: number, last: boolean): number {
    return resumeAtLine(this, bytes, end, last);
  }
}
