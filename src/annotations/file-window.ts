import { isUtf8 } from 'node:buffer';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { annotationsInvalid, sourceNotFound } from './annotations.errors.ts';
import { systemCodeOf } from '../common/index.ts';
import { lineOf } from './line-of.ts';

export const CHUNK_BYTES = 1024 * 1024;
/** A row of the known sets has some hundred bytes; one this large is no row. */
export const MAX_ROW_BYTES = 1024 * 1024;

/** A part of an annotation file in memory, that moves over it. */
export class FileWindow {
  readonly buffer: Buffer;
  /** The next byte to look at, and the end of what was read, in the buffer. A 0 stands behind it. */
  position = 0;
  end = 0;
  /** The file ends there. */
  ended = false;
  /** Offset in the file of the buffer's first byte. */
  private base = 0;
  private readonly spare: Buffer;
  /** The chunk that is being read into the spare buffer meanwhile. */
  private ahead: { readonly offset: number; readonly reading: Promise<number> } | null = null;

  private constructor(
    private readonly file: string,
    private readonly handle: FileHandle,
    /** Tells whether the file is the same as at another time. */
    readonly state: string,
    private readonly chunkBytes: number,
  ) {
    this.buffer = Buffer.allocUnsafe(MAX_ROW_BYTES + chunkBytes + 1);
    this.spare = Buffer.allocUnsafe(chunkBytes);
  }

  /** Rejects with `SOURCE_NOT_FOUND` where the file is not there, or no file. */
  static async open(file: string, chunkBytes = CHUNK_BYTES): Promise<FileWindow> {
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
    const stats = await handle.stat();
    if (stats.isFile()) {
      return new FileWindow(
        file,
        handle,
        [stats.dev, stats.ino, stats.size, stats.mtimeMs].join(':'),
        chunkBytes,
      );
    }
    await handle.close();
    throw sourceNotFound('The annotations are not a file.');
  }

  async close(): Promise<void> {
    await this.ahead?.reading.catch(() => undefined);
    await this.handle.close();
  }

  /** Where a place in the buffer is in the file. */
  offsetOf(at: number): number {
    return this.base + at;
  }

  /** Reads the beginning of the file; returns whether there is any. Passes over a byte order mark. */
  async begin(): Promise<boolean> {
    while (this.end < 3 && (await this.fill(0)));
    if (this.end === 0) return false;
    const [first, second, third] = this.buffer;
    if (first === 0xef && second === 0xbb && third === 0xbf && this.end >= 3) this.position = 3;
    return true;
  }

  /**
   * Reads on behind the bytes from `keep` on, which move to the buffer's start together with the
   * position. Returns whether there was anything left. Whole chunks are read ahead.
   */
  async fill(keep: number, bytes = this.chunkBytes): Promise<boolean> {
    const kept = this.end - keep;
    if (kept > MAX_ROW_BYTES) throw await this.invalid(ROW_TOO_LARGE, this.offsetOf(keep));
    this.buffer.copyWithin(0, keep, this.end);
    this.base += keep;
    this.position = 0;
    this.end = kept;
    const read = await this.readAt(this.base + kept, kept, bytes);
    this.end += read;
    this.buffer[this.end] = 0;
    this.ended = read === 0;
    if (read === this.chunkBytes) this.readAhead(this.base + this.end);
    return read > 0;
  }

  private async readAt(offset: number, at: number, bytes: number): Promise<number> {
    const { ahead } = this;
    this.ahead = null;
    const waiting = await ahead?.reading;
    if (ahead?.offset === offset && waiting !== undefined && bytes === this.chunkBytes) {
      this.spare.copy(this.buffer, at, 0, waiting);
      return waiting;
    }
    return (await this.handle.read(this.buffer, at, bytes, offset)).bytesRead;
  }

  private readAhead(offset: number): void {
    const reading = this.handle
      .read(this.spare, 0, this.chunkBytes, offset)
      .then(({ bytesRead }) => bytesRead);
    // Whoever needs the chunk is told.
    reading.catch(() => undefined);
    this.ahead = { offset, reading };
  }

  /** Moves to an offset of the file, and reads some bytes there unless it has them. */
  async moveTo(offset: number, bytes: number): Promise<void> {
    const at = offset - this.base;
    if (at >= 0 && at < this.end) {
      this.position = at;
      return;
    }
    this.base = offset;
    this.position = 0;
    this.end = 0;
    await this.fill(0, bytes);
  }

  async assertUtf8(from: number, to: number): Promise<void> {
    if (isUtf8(this.buffer.subarray(from, to))) return;
    for (let at = from; ;) {
      const length = characterLength(this.buffer[at] ?? 0);
      if (at + length > to || !isUtf8(this.buffer.subarray(at, at + length))) {
        throw await this.invalid('the text is not UTF-8', this.offsetOf(at));
      }
      at += length;
    }
  }

  endsEarly(inside: string, since: number): Promise<Error> {
    return this.invalid(
      `the file ends too early, inside the ${inside} that begins at byte ${since}`,
      this.offsetOf(this.end),
    );
  }

  /** The error for what is wrong at an offset, with its line. */
  async invalid(problem: string, offset = this.offsetOf(this.position)): Promise<Error> {
    return annotationsInvalid(problem, { line: await lineOf(this.file, offset), byte: offset });
  }
}

/** Bytes of the UTF-8 character that begins with this one. */
function characterLength(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

export const ROW_TOO_LARGE = `the row that begins here has more than ${MAX_ROW_BYTES} bytes, or a quote is missing`;
