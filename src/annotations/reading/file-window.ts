import type { FileHandle } from 'node:fs/promises';
import { annotationsInvalid, sourceNotFound } from '../annotations.errors.ts';
import { isSystemError, NOT_A_FILE, openRegularFile, systemCodeOf } from '../../common/index.ts';
import { textPlacesOf } from './lines.ts';
import { firstFault } from './utf8.ts';

export const CHUNK_BYTES = 1024 * 1024;
/** Rows of the known data sets have a few hundred bytes, so anything larger is not a row. */
export const MAX_ROW_BYTES = 1024 * 1024;

/** The part of an annotation file that is in memory. It moves over the file. */
export class FileWindow {
  readonly buffer: Buffer;
  /** Index in the buffer of the next byte to look at. */
  position = 0;
  /** Index in the buffer behind the last byte that was read. The byte there is always 0. */
  end = 0;
  /** Whether the file ends at `end`. */
  ended = false;
  /** Offset in the file of the first byte in the buffer. */
  private base = 0;
  private readonly spare: Buffer;
  /** The chunk that is being read into the spare buffer in the background. */
  private ahead: { readonly offset: number; readonly reading: Promise<number> } | null = null;

  private constructor(
    private readonly file: string,
    private readonly handle: FileHandle,
    /** Differs from an earlier state if the file has changed since. */
    readonly state: string,
    private readonly chunkBytes: number,
  ) {
    this.buffer = Buffer.allocUnsafe(MAX_ROW_BYTES + chunkBytes + 1);
    this.spare = Buffer.allocUnsafe(chunkBytes);
  }

  /** Rejects with `SOURCE_NOT_FOUND` if the path does not exist or is not a file. */
  static async open(file: string, chunkBytes = CHUNK_BYTES): Promise<FileWindow> {
    const handle = await openAnnotations(file);
    const stats = await handle.stat();
    const state = [stats.dev, stats.ino, stats.size, stats.mtimeMs].join(':');
    return new FileWindow(file, handle, state, chunkBytes);
  }

  async close(): Promise<void> {
    // Whoever needed the chunk has been told of a failure.
    await this.ahead?.reading.catch(() => undefined);
    await this.handle.close();
  }

  /** Converts an index in the buffer to an offset in the file. */
  offsetOf(at: number): number {
    return this.base + at;
  }

  /** Reads the beginning of the file, skips a byte order mark, and returns false if the file is empty. */
  async begin(): Promise<boolean> {
    while (this.end < 3 && (await this.fill(0)));
    if (this.end === 0) return false;
    const [first, second, third] = this.buffer;
    if (first === 0xef && second === 0xbb && third === 0xbf && this.end >= 3) this.position = 3;
    return true;
  }

  /**
   * Moves the bytes from index `keep` on to the start of the buffer, sets the position there, and reads
   * further bytes behind them. Returns false at the end of the file. Whole chunks are read ahead.
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
    // `readAt` awaits it too, and reports the failure.
    reading.catch(() => undefined);
    this.ahead = { offset, reading };
  }

  /** Moves to an offset in the file and reads that many bytes there, unless they are in the buffer. */
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
    const at = firstFault(this.buffer, from, to);
    if (at !== -1) throw await this.invalid('the text is not UTF-8', this.offsetOf(at));
  }

  endsEarly(inside: string, since: number): Promise<Error> {
    return this.invalid(
      `the file ends too early, inside the ${inside} that begins at byte ${since}`,
      this.offsetOf(this.end),
    );
  }

  /** The error for a problem at an offset in the file. Finds out its line. */
  async invalid(problem: string, offset = this.offsetOf(this.position)): Promise<Error> {
    return annotationsInvalid(problem, { line: await this.lineOf(offset), byte: offset });
  }

  /** The line of an offset, from 1. Reads the file up to there. */
  private async lineOf(offset: number): Promise<number> {
    const [place] = await textPlacesOf(this.file, [offset]);
    return place?.line ?? 1;
  }
}

export const ROW_TOO_LARGE = `the row that begins here has more than ${MAX_ROW_BYTES} bytes, or a quote is missing`;

/** Rejects with `SOURCE_NOT_FOUND` if the path does not exist or is not a file. */
export async function openAnnotations(file: string): Promise<FileHandle> {
  try {
    return await openRegularFile(file);
  } catch (error) {
    if (isSystemError(error, NOT_A_FILE)) throw sourceNotFound('The path of the annotations is not a file.');
    const code = systemCodeOf(error);
    if (code === undefined) throw error;
    throw sourceNotFound(
      code === 'ENOENT'
        ? 'The annotation file does not exist (any more).'
        : `The annotation file cannot be opened (${code}).`,
    );
  }
}
