import { isUtf8 } from 'node:buffer';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { annotationsInvalid, sourceNotFound } from '../datasets.errors.ts';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipBlanks,
} from './json-bytes.ts';
import { systemCodeOf } from '../system-code.ts';
import { lineOf } from './line-of.ts';
import { RowProblem, RowView } from './row-view.ts';
import { MALFORMED, MORE, RowWalker } from './row-walker.ts';
import { ValueSkipper } from './value-skipper.ts';

const CHUNK_BYTES = 1024 * 1024;
/** A row of the known sets has some hundred bytes; one this large is no row. */
const MAX_ROW_BYTES = 1024 * 1024;
/** The reader lets others run after this much. */
const BATCH_BYTES = 256 * 1024;

export interface RowSelection {
  /** Keys of the lists to read; other values are passed over. */
  readonly lists: readonly string[];
  /** Keys of the values that a row is looked at for, in the order of their numbers in `RowView`. */
  readonly keys: readonly string[];
}

/**
 * Where the lists of a file begin, found by the first reading of it: the next ones go straight
 * there, and fail where the file has changed since.
 */
export class ListPositions {
  file: string | null = null;
  complete = false;
  readonly lists: { readonly list: string; readonly offset: number }[] = [];
}

/**
 * Streams the rows of lists in a JSON object, `{"images": [{…}, {…}], "annotations": [{…}]}`, and
 * yields what `pick` makes of them, some at a time; rows that it returns `undefined` for cost no
 * more than a walk over their bytes. It may throw `RowProblem`.
 *
 * Lists and keys come in any order; memory does not grow with the file. Rejects with
 * `ANNOTATIONS_INVALID` (line and byte in the details) where the file is no such object, ends early,
 * is not UTF-8, or has a row above 1 MB; with `SOURCE_NOT_FOUND` where it cannot be opened.
 */
export async function* readJsonRows<Picked>(
  file: string,
  selection: RowSelection,
  pick: (row: RowView) => Picked | undefined,
  signal: AbortSignal,
  positions = new ListPositions(),
): AsyncGenerator<Picked[], void, undefined> {
  const handle = await openFile(file);
  try {
    const { dev, ino, size, mtimeMs } = await handle.stat();
    const state = [dev, ino, size, mtimeMs].join(':');
    if (positions.file !== null && positions.file !== state) {
      throw annotationsInvalid('the file has changed since it was first read; import it again', null);
    }
    positions.file = state;
    const reader = new JsonRowReader(file, handle, selection, pick, signal, positions);
    if (positions.complete) yield* reader.readLists();
    else yield* reader.read();
  } finally {
    await handle.close();
  }
}

async function openFile(file: string): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    // A named pipe must not make the opening wait.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === undefined) throw error;
    throw sourceNotFound(
      code === 'ENOENT'
        ? 'The annotation file is not there (any more).'
        : `The annotation file cannot be opened (${code}).`,
    );
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw sourceNotFound('The annotations are not a file.');
}

class JsonRowReader<Picked> {
  private readonly buffer = Buffer.allocUnsafe(MAX_ROW_BYTES + CHUNK_BYTES + 1);
  private readonly walker: RowWalker;
  private readonly view: RowView;
  /** The next byte to look at, and the end of what was read, in the buffer. */
  private position = 0;
  private end = 0;
  /** Offset in the file of the buffer's first byte. */
  private base = 0;

  constructor(
    private readonly file: string,
    private readonly handle: FileHandle,
    private readonly selection: RowSelection,
    private readonly pick: (row: RowView) => Picked | undefined,
    private readonly signal: AbortSignal,
    private readonly positions: ListPositions,
  ) {
    this.walker = new RowWalker(selection.keys);
    this.view = new RowView(this.walker);
    this.view.bytes = this.buffer;
  }

  /** Reads the lists whose positions are known, and nothing else. */
  async *readLists(): AsyncGenerator<Picked[], void, undefined> {
    for (const { list, offset } of this.positions.lists) {
      if (!this.selection.lists.includes(list)) continue;
      this.base = offset;
      this.position = 0;
      this.end = 0;
      this.view.list = list;
      yield* this.rows();
    }
  }

  /** Reads the whole file. */
  async *read(): AsyncGenerator<Picked[], void, undefined> {
    await this.fill(0, null);
    if (this.end === 0) throw await this.invalid('the file is empty');
    if (this.buffer[0] === 0xef && this.buffer[1] === 0xbb && this.buffer[2] === 0xbf) this.position = 3;
    await this.expect(OPEN_BRACE, 'expected an object, {"images": […]}');
    if ((await this.next()) === CLOSE_BRACE) this.position += 1;
    else {
      for (;;) {
        const key = await this.key();
        await this.expect(COLON, 'expected ":" after the key');
        if (this.selection.lists.includes(key)) {
          await this.expect(OPEN_BRACKET, `"${key}" must be a list of rows`);
          this.view.list = key;
          this.positions.lists.push({ list: key, offset: this.base + this.position });
          yield* this.rows();
        } else await this.skipValue();
        const byte = await this.next();
        if (byte !== COMMA && byte !== CLOSE_BRACE) throw await this.invalid('expected "," or "}"');
        this.position += 1;
        if (byte === CLOSE_BRACE) break;
        await this.next();
      }
    }
    if ((await this.next(true)) !== -1) throw await this.invalid('there is something behind the object');
    this.positions.complete = true;
  }

  private async *rows(): AsyncGenerator<Picked[], void, undefined> {
    if ((await this.next()) === CLOSE_BRACKET) {
      this.position += 1;
      return;
    }
    for (let closed = false; !closed;) {
      this.signal.throwIfAborted();
      const from = this.position;
      const picked: Picked[] = [];
      const outcome = this.walkRows(picked);
      if (outcome.problem !== undefined) throw await this.invalid(outcome.problem, this.base + outcome.at);
      if (!isUtf8(this.buffer.subarray(from, this.position))) {
        throw await this.invalid('the text is not UTF-8', this.base + from);
      }
      if (picked.length > 0) yield picked;
      closed = outcome.state === 'closed';
      if (outcome.state === 'more') await this.fill(this.position, 'row');
    }
  }

  /** Walks over whole rows, up to a batch of them, and moves behind them. */
  private walkRows(picked: Picked[]): { state: 'batch' | 'more' | 'closed'; problem?: string; at: number } {
    const { buffer, walker, view, end } = this;
    const from = this.position;
    while (this.position - from < BATCH_BYTES) {
      const start = skipBlanks(buffer, this.position, end);
      this.position = start;
      if (start === end) return { state: 'more', at: start };
      if (buffer[start] !== OPEN_BRACE) return { state: 'more', problem: 'expected a row, {…}', at: start };
      const rowEnd = walker.walk(buffer, start, end);
      if (rowEnd === MALFORMED) return { state: 'more', problem: walker.problem, at: walker.problemAt };
      const separator = rowEnd === MORE ? end : skipBlanks(buffer, rowEnd, end);
      // The row, or the comma behind it, goes on in the next chunk: it is walked over again then.
      if (separator === end) return { state: 'more', at: start };
      if (rowEnd - start > MAX_ROW_BYTES) return { state: 'more', problem: ROW_TOO_LARGE, at: start };
      try {
        const value = this.pick(view);
        if (value !== undefined) picked.push(value);
      } catch (error) {
        if (!(error instanceof RowProblem)) throw error;
        return { state: 'more', problem: error.message, at: start };
      }
      this.position = separator + 1;
      if (buffer[separator] === CLOSE_BRACKET) return { state: 'closed', at: separator };
      if (buffer[separator] !== COMMA) {
        return { state: 'more', problem: 'expected "," or "]" behind the row', at: separator };
      }
    }
    return { state: 'batch', at: this.position };
  }

  private async key(): Promise<string> {
    if ((await this.next()) !== QUOTE) throw await this.invalid('expected a key in double quotes');
    let length = 1;
    for (let escaped = false; ; length += 1) {
      if (this.position + length >= this.end) await this.fill(this.position, 'key');
      const byte = this.buffer[this.position + length];
      if (byte === QUOTE && !escaped) break;
      escaped = byte === 0x5c && !escaped;
    }
    const start = this.position;
    this.position += length + 1;
    try {
      return JSON.parse(this.buffer.toString('utf8', start, this.position)) as string;
    } catch {
      throw await this.invalid('a key is malformed', this.base + start);
    }
  }

  private async skipValue(): Promise<void> {
    await this.next();
    const start = this.base + this.position;
    const skipper = new ValueSkipper();
    for (;;) {
      this.position = skipper.skip(this.buffer, this.position, this.end);
      if (skipper.problem !== null) throw await this.invalid(skipper.problem);
      if (skipper.done) return;
      this.signal.throwIfAborted();
      await this.fill(this.end, 'value', start);
    }
  }

  /** Moves to the next byte that is not blank and returns it; -1 at the end, where that is allowed. */
  private async next(endAllowed = false): Promise<number> {
    for (;;) {
      this.position = skipBlanks(this.buffer, this.position, this.end);
      if (this.position < this.end) return this.buffer[this.position] ?? -1;
      if (!(await this.fill(this.end, endAllowed ? null : 'object', 0))) return -1;
    }
  }

  private async expect(byte: number, problem: string): Promise<void> {
    if ((await this.next()) !== byte) throw await this.invalid(problem);
    this.position += 1;
  }

  /**
   * Reads the next chunk behind the bytes from `keep` on, which move to the buffer's start.
   * `inside` is what must not end here; it began at the offset `since` of the file.
   */
  private async fill(keep: number, inside: string | null, since = this.base + keep): Promise<boolean> {
    const kept = this.end - keep;
    if (kept > MAX_ROW_BYTES) throw await this.invalid(ROW_TOO_LARGE, this.base + keep);
    this.buffer.copyWithin(0, keep, this.end);
    this.base += keep;
    this.position = 0;
    this.end = kept;
    const { bytesRead } = await this.handle.read(this.buffer, kept, CHUNK_BYTES, this.base + kept);
    this.end += bytesRead;
    this.buffer[this.end] = 0;
    if (bytesRead === 0 && inside !== null) {
      throw await this.invalid(
        `the file ends too early, inside the ${inside} that begins at byte ${since}`,
        this.base + this.end,
      );
    }
    return bytesRead > 0;
  }

  private async invalid(problem: string, offset = this.base + this.position): Promise<Error> {
    return annotationsInvalid(problem, { line: await lineOf(this.file, offset), byte: offset });
  }
}

const ROW_TOO_LARGE = `the row that begins here has more than ${MAX_ROW_BYTES} bytes, or a quote is missing`;
