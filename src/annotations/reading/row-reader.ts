import { annotationsInvalid } from '../annotations.errors.ts';
import { CHUNK_BYTES, FileWindow, MAX_ROW_BYTES, ROW_TOO_LARGE } from './file-window.ts';
import { MALFORMED, MORE, RowProblem, type Row, type RowCutter } from './row.ts';

/** Rows are checked and passed on in batches of about this size. */
const BATCH_BYTES = 256 * 1024;
const BATCH_ROWS = 256;
/** Bytes read at once where only some rows of the file are wanted. */
const LOOK_BYTES = 128 * 1024;

/** Where a row begins in the file, and in which list. */
export interface RowPlace {
  readonly list: string;
  readonly offset: number;
}

/**
 * Reads an annotation file row by row, with memory that does not depend on the size of the file.
 *
 * Rejects with `ANNOTATIONS_INVALID` (line and byte in the details) if the file is malformed or truncated,
 * is not UTF-8, has a row of more than 1 MB, or has changed since it was first read; with
 * `SOURCE_NOT_FOUND` if it cannot be opened. Callbacks may throw `RowProblem`.
 */
export abstract class RowReader {
  private state: string | null = null;

  /** `chunkBytes`: how much to read at once. */
  constructor(
    private readonly file: string,
    private readonly chunkBytes = CHUNK_BYTES,
  ) {}

  /** Finds the rows in files of this format. May be replaced when the scan begins. */
  protected abstract cutter: RowCutter;

  /** Walks over the whole file and calls `scanRows` for each list that matters. */
  protected abstract scanFile(window: FileWindow, scan: Scan): Promise<void>;

  /** Calls back with every row and its offset in the file, and checks that the whole file is well-formed. */
  async scan(visit: (row: Row, offset: number) => void, signal: AbortSignal): Promise<void> {
    const window = await this.openWindow();
    try {
      await this.scanFile(window, { visit, signal });
    } finally {
      await window.close();
    }
  }

  /** Yields, in batches, what `pick` makes of the rows at these places. The file must have been scanned before. */
  async *read<Picked>(
    places: Iterable<RowPlace>,
    pick: (row: Row) => Picked | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<Picked[], void, undefined> {
    const window = await this.openWindow();
    const { cutter } = this;
    const look = Math.min(LOOK_BYTES, this.chunkBytes);
    let at = 0;
    try {
      let picked: Picked[] = [];
      for (const { list, offset } of places) {
        at = offset;
        await window.moveTo(offset, look);
        for (;;) {
          signal.throwIfAborted();
          const next = cutter.cut(window.buffer, window.position, window.end, window.ended);
          if (next >= 0) break;
          if (next === MALFORMED || window.ended) throw changed();
          await window.fill(window.position, look);
        }
        cutter.row.list = list;
        const value = pick(cutter.row);
        if (value !== undefined) picked.push(value);
        if (picked.length < BATCH_ROWS) continue;
        yield picked;
        picked = [];
      }
      if (picked.length > 0) yield picked;
    } catch (error) {
      throw error instanceof RowProblem ? await window.invalid(error.message, at) : error;
    } finally {
      await window.close();
    }
  }

  /** Visits the rows from the window's position to the end of their list. */
  protected async scanRows(window: FileWindow, list: string, { visit, signal }: Scan): Promise<void> {
    const { cutter } = this;
    for (let outcome = ''; outcome !== 'closed';) {
      signal.throwIfAborted();
      const from = window.position;
      let problem: { readonly text: string; readonly at: number } | null = null;
      try {
        outcome = this.scanBatch(window, list, visit);
        if (outcome === 'malformed') problem = { text: cutter.problem, at: cutter.problemAt };
      } catch (error) {
        if (!(error instanceof RowProblem)) throw error;
        problem = { text: error.message, at: cutter.start };
      }
      // A problem in an earlier row is reported first.
      await window.assertUtf8(from, window.position);
      if (problem !== null) throw await window.invalid(problem.text, window.offsetOf(problem.at));
      if (outcome !== 'more') continue;
      if (window.ended) throw await window.endsEarly('row', window.offsetOf(window.position));
      await window.fill(window.position);
    }
  }

  private scanBatch(
    window: FileWindow,
    list: string,
    visit: Scan['visit'],
  ): 'batch' | 'more' | 'closed' | 'malformed' {
    const { cutter } = this;
    cutter.row.list = list;
    const { buffer, end, ended } = window;
    const base = window.offsetOf(0);
    const stop = window.position + BATCH_BYTES;
    while (window.position < stop) {
      const next = cutter.cut(buffer, window.position, end, ended);
      if (next === MORE) {
        // The row, or what must follow it, continues in the next chunk and is cut again then.
        window.position = cutter.start;
        return 'more';
      }
      if (next === MALFORMED) return 'malformed';
      if (cutter.start !== -1) {
        if (next - cutter.start > MAX_ROW_BYTES + 2) throw new RowProblem(ROW_TOO_LARGE);
        visit(cutter.row, base + cutter.start);
      }
      window.position = next;
      if (cutter.closed) return 'closed';
    }
    return 'batch';
  }

  private async openWindow(): Promise<FileWindow> {
    const window = await FileWindow.open(this.file, this.chunkBytes);
    if (this.state !== null && this.state !== window.state) {
      await window.close();
      throw changed();
    }
    this.state = window.state;
    return window;
  }
}

export interface Scan {
  readonly visit: (row: Row, offset: number) => void;
  readonly signal: AbortSignal;
}

function changed(): Error {
  return annotationsInvalid('the file has changed since it was first read. Import it again', null);
}
