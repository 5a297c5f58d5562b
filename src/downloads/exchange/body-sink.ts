import { createWriteStream, type WriteStream } from 'node:fs';

/** Where the decompressed bytes of a body go. */
export interface BodySink {
  /** Returns false to ask the caller to pause until `whenDrained` calls back. */
  write(chunk: Buffer): boolean;
  whenDrained(resume: () => void): void;
  /** To be called after the last byte. */
  end(): Promise<void> | void;
  /** To be called if the rest will not arrive. */
  abandon(): void;
  /** The first few thousand bytes, or all, to judge the body by. */
  readonly head: Buffer;
}

const FIRST_BLOCK = 64 * 1024;
const LARGEST_BLOCK = 1024 * 1024;

/**
 * Collects a body in memory, in blocks. Chunks are copied into them: otherwise a server that sends a byte at
 * a time would leave millions of tiny buffers behind, each far larger than its content.
 */
export class MemorySink implements BodySink {
  private readonly full: Buffer[] = [];
  private block: Buffer | undefined;
  /** Bytes of the last block that are in use. */
  private used = 0;

  /** `expected`: the declared length. It may be wrong, and only decides how much to allocate first. */
  constructor(private readonly expected: number | undefined) {}

  write(chunk: Buffer): boolean {
    if (this.block === undefined) {
      // The whole body in one chunk, as is usual for small pictures, needs no copy.
      if (chunk.length === this.expected) {
        this.block = chunk;
        this.used = chunk.length;
        return true;
      }
      this.block = Buffer.allocUnsafeSlow(Math.min(Math.max(this.expected ?? FIRST_BLOCK, 1), LARGEST_BLOCK));
    }
    let from = 0;
    while (from < chunk.length) {
      if (this.used === this.block.length) {
        this.full.push(this.block);
        this.block = Buffer.allocUnsafeSlow(Math.min(this.block.length * 2, LARGEST_BLOCK));
        this.used = 0;
      }
      const copied = chunk.copy(this.block, this.used, from);
      this.used += copied;
      from += copied;
    }
    return true;
  }

  whenDrained(resume: () => void): void {
    resume();
  }

  end(): void {
    // Nothing needs to be flushed.
  }

  abandon(): void {
    this.full.length = 0;
    this.block = undefined;
    this.used = 0;
  }

  get head(): Buffer {
    return this.full[0] ?? this.bytes;
  }

  /** What was written. Copied at each access if it arrived in several blocks. */
  get bytes(): Buffer {
    const last = (this.block ?? Buffer.alloc(0)).subarray(0, this.used);
    return this.full.length === 0 ? last : Buffer.concat([...this.full, last]);
  }
}

const HEAD_BYTES = 4_096;

/** Writes a body to a file. */
export class FileSink implements BodySink {
  head: Buffer = Buffer.alloc(0);
  /** Resolves once nothing more will be written, whether or not the body is complete. */
  readonly closed: Promise<void>;
  private readonly stream: WriteStream;
  private failure: Error | undefined;
  private resume: () => void = () => undefined;

  constructor(
    path: string,
    private readonly options: {
      /** Appends to the file instead of truncating it. */
      append?: boolean;
      /** Flushes what has arrived even if the rest will not. */
      keep?: boolean;
    } = {},
  ) {
    this.stream = createWriteStream(path, { flags: options.append ? 'a' : 'w' });
    this.closed = new Promise((resolve) => this.stream.once('close', resolve));
    this.stream.on('drain', () => this.resume());
    this.stream.on('error', (error) => {
      this.failure = error;
      // The next call of `write` or `end` throws it.
      this.resume();
    });
  }

  write(chunk: Buffer): boolean {
    this.throwFailure();
    if (this.head.length < HEAD_BYTES) {
      this.head = Buffer.concat([this.head, chunk.subarray(0, HEAD_BYTES - this.head.length)]);
    }
    return this.stream.write(chunk);
  }

  whenDrained(resume: () => void): void {
    this.resume = resume;
  }

  async end(): Promise<void> {
    this.throwFailure();
    await new Promise<void>((resolve) => {
      this.stream.once('close', resolve);
      this.stream.end();
    });
    this.throwFailure();
  }

  abandon(): void {
    if (this.options.keep) this.stream.end();
    else this.stream.destroy();
  }

  private throwFailure(): void {
    const { failure } = this;
    if (failure !== undefined) throw failure;
  }
}
