import { annotationsInvalid } from '../annotations.errors.ts';
import { CHUNK_BYTES, FileWindow, MAX_ROW_BYTES, ROW_TOO_LARGE } from './file-window.ts';
import { textPlacesOf, type TextPlace } from './lines.ts';
import { MALFORMED, MORE, RowProblem, type Row, type RowCutter } from './row.ts';
import { firstFault, soundUntil } from './utf8.ts';

/** Rows are checked and passed on in batches of about this size. */
const BATCH_BYTES = 256 * 1024;
const BATCH_ROWS = 256;
/** Bytes read at once where only some rows of the file are wanted. */
const LOOK_BYTES = 128 * 1024;
/** How much of a row a fault shows. */
const MAX_EXCERPT_BYTES = 120;

/** Where a row begins in the file, and in which list. */
export interface RowPlace {
  readonly list: string;
  readonly offset: number;
}

/** A row that cannot be used, or a part of the file where rows were expected. */
export interface RowFault {
  /** In words that follow "line 7: ". */
  readonly problem: string;
  /** Offset in the file of what is wrong. */
  readonly offset: number;
  /** The beginning of the row's text, shortened. */
  readonly text: string;
  /** What stands for the row in messages, such as "row 7"; its line if omitted. */
  readonly place?: string;
}

/** Called with each row and its offset in the file. May throw `RowProblem`, which makes a fault of the row. */
export type VisitRow = (row: Row, offset: number) => void;

/**
 * Reads an annotation file row by row, with memory that does not depend on the size of the file.
 *
 * A row that is malformed, or is not UTF-8, is a fault of that row, and the rows behind it are read all the same,
 * where a line tells where they begin. Everything else rejects with `ANNOTATIONS_INVALID` (line and byte in the
 * details): malformed text between rows, a truncated JSON file, a line of more than 1 MB, or a file that has changed
 * since it was first read. Rejects with `SOURCE_NOT_FOUND` if the file cannot be opened.
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

  /** Calls back with every row, or its fault, in the order of the file. */
  async scan(visit: VisitRow, fault: (fault: RowFault) => void, signal: AbortSignal): Promise<void> {
    const window = await this.openWindow();
    try {
      await this.scanFile(window, { visit, fault, signal });
    } finally {
      await window.close();
    }
  }

  /** The lines and columns of ascending offsets. */
  textPlacesOf(offsets: readonly number[]): Promise<TextPlace[]> {
    return textPlacesOf(this.file, offsets);
  }

  /** What stands for a row in messages, if it is not the line that it is on. */
  protected placeOf(_row: Row): string | undefined {
    return undefined;
  }

  /** Yields, in batches, what `pick` makes of the rows at these places. The file must have been scanned before. */
  async *read<Picked>(
    places: Iterable<RowPlace>,
    pick: (row: Row, offset: number) => Picked | undefined,
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
        const value = pick(cutter.row, offset);
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
  protected async scanRows(window: FileWindow, list: string, scan: Scan): Promise<void> {
    const { cutter } = this;
    for (;;) {
      scan.signal.throwIfAborted();
      const outcome = this.scanBatch(window, list, scan);
      if (outcome === 'closed') return;
      if (outcome === 'batch') continue;
      if (outcome === 'more') {
        if (!window.ended && window.end - window.position <= MAX_ROW_BYTES) {
          await window.fill(window.position);
          continue;
        }
        // The row has no end: a quote is missing, or the file was cut.
        cutter.problem = window.ended ? 'the file ends inside this row' : ROW_TOO_LARGE;
        cutter.problemAt = window.ended ? window.end : window.position;
        cutter.problemEnd = -1;
      }
      await this.passFault(window, scan);
    }
  }

  /** Reports the malformed row at the window's position and moves behind it. */
  private async passFault(window: FileWindow, scan: Scan): Promise<void> {
    const { cutter } = this;
    const { problem, problemAt } = cutter;
    cutter.start = window.position;
    const next = cutter.resume(window.buffer, window.end, window.ended);
    const endsEarly = window.ended && problemAt === window.end;
    if (next === null) {
      if (endsEarly) throw await window.endsEarly('row', window.offsetOf(window.position));
      throw await window.invalid(problem, window.offsetOf(problemAt));
    }
    if (next === MORE) {
      if (window.end - window.position > MAX_ROW_BYTES)
        throw await window.invalid(ROW_TOO_LARGE, window.offsetOf(window.position));
      await window.fill(window.position);
      return;
    }
    // The end of the file says nothing about where the quote is missing.
    const offset = window.offsetOf(endsEarly ? window.position : problemAt);
    scan.fault({ problem, offset, text: excerpt(window.buffer, window.position, next) });
    window.position = next;
  }

  private scanBatch(
    window: FileWindow,
    list: string,
    { visit, fault }: Scan,
  ): 'batch' | 'more' | 'closed' | 'malformed' {
    const { cutter } = this;
    cutter.row.list = list;
    const { buffer, end, ended } = window;
    const base = window.offsetOf(0);
    const stop = window.position + BATCH_BYTES;
    /** The index up to which all bytes are known to be UTF-8. */
    const sound = soundUntil(buffer, window.position, Math.min(end, stop + BATCH_BYTES));
    while (window.position < stop) {
      const next = cutter.cut(buffer, window.position, end, ended);
      if (next === MORE) {
        // The row, or what must follow it, continues in the next chunk and is cut again then.
        window.position = cutter.start;
        return 'more';
      }
      if (next === MALFORMED) {
        window.position = cutter.start;
        return 'malformed';
      }
      if (cutter.start !== -1) {
        const { start } = cutter;
        try {
          if (next - start > MAX_ROW_BYTES + 2) throw new RowProblem(ROW_TOO_LARGE);
          if (next > sound) assertUtf8(buffer, start, next);
          visit(cutter.row, base + start);
        } catch (error) {
          if (!(error instanceof RowProblem)) throw error;
          const offset = base + (error.at ?? start);
          const place = this.placeOf(cutter.row);
          const text = error.text ?? excerpt(buffer, start, next);
          fault({ problem: error.message, offset, text, ...(place === undefined ? {} : { place }) });
        }
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
  readonly visit: VisitRow;
  readonly fault: (fault: RowFault) => void;
  readonly signal: AbortSignal;
}

function assertUtf8(bytes: Buffer, from: number, to: number): void {
  const at = firstFault(bytes, from, to);
  if (at !== -1) throw new RowProblem('the text is not UTF-8', at);
}

/** The beginning of a row, on one line. */
function excerpt(bytes: Buffer, from: number, to: number): string {
  const text = bytes
    .toString('utf8', from, Math.min(to, from + MAX_EXCERPT_BYTES))
    .trim()
    .replaceAll(/\s+/g, ' ');
  return to - from > MAX_EXCERPT_BYTES ? `${text}…` : text;
}

function changed(): Error {
  return annotationsInvalid('the file has changed since it was first read. Import it again', null);
}
