import { createWriteStream, type WriteStream } from 'node:fs';

/** Where the bytes of a body go, decompressed. */
export interface BodySink {
  /** False asks to wait until `whenDrained` is called back. */
  write(chunk: Buffer): boolean;
  whenDrained(resume: () => void): void;
  /** After the last byte. */
  end(): Promise<void> | void;
  /** The rest will not come. */
  abandon(): void;
  /** The first bytes, some thousands or all, to judge the body by. */
  readonly head: Buffer;
}

const FIRST_BLOCK = 64 * 1024;
const LARGEST_BLOCK = 1024 * 1024;

/**
 * Collects a body in memory, in blocks. Chunks are copied into them: a server that sends a byte at a
 * time would otherwise leave behind millions of tiny buffers, each far larger than what it holds.
 */
export class MemorySink implements BodySink {
  private readonly full: Buffer[] = [];
  private block: Buffer | undefined;
  /** Bytes of the last block that are taken. */
  private used = 0;

  /** `expected`: the declared length, which is believed only as far as it costs nothing. */
  constructor(private readonly expected: number | undefined) {}

  write(chunk: Buffer): boolean {
    if (this.block === undefined) {
      // All of it at once, as is usual for small pictures: no copy.
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
    // Nothing is buffered.
  }

  abandon(): void {
    this.full.length = 0;
    this.block = undefined;
    this.used = 0;
  }

  get head(): Buffer {
    return this.full[0] ?? this.bytes;
  }

  /** What was written, put together anew each time if it came in several blocks. */
  get bytes(): Buffer {
    const last = (this.block ?? Buffer.alloc(0)).subarray(0, this.used);
    return this.full.length === 0 ? last : Buffer.concat([...this.full, last]);
  }
}

const HEAD_BYTES = 4_096;

/** Writes a body to a file, which begins anew with each sink, or goes on where `append` says so. `keep`: what came is worth having without the rest. */
export class FileSink implements BodySink {
  head: Buffer = Buffer.alloc(0);
  /** Once nothing more is written, whatever became of the body. */
  readonly closed: Promise<void>;
  private readonly stream: WriteStream;
  private failure: Error | undefined;
  private resume: () => void = () => undefined;

  constructor(
    path: string,
    private readonly options: { append?: boolean; keep?: boolean } = {},
  ) {
    this.stream = createWriteStream(path, { flags: options.append ? 'a' : 'w' });
    this.closed = new Promise((resolve) => this.stream.once('close', resolve));
    this.stream.on('drain', () => this.resume());
    this.stream.on('error', (error) => {
      this.failure = error;
      // The next chunk, or the end, tells it.
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
