import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { encode } from './embedded.cosine.ts';

// Type-only TypeScript: worker threads load this file as it is.

/** Rows written or read at once. */
const CHUNK_ROWS = 1024;
/** A row read by itself costs as much as this many in a row. */
const LONE_ROW_COST = 12;

/**
 * Every vector of a build as 8-bit whole numbers, in the order of their entries' ids: `count` rows
 * of `dimension` bytes, then the ids as float64. A quarter of the float vectors and in one piece,
 * it is compared as a whole where a filter leaves too little of what a graph finds.
 */
export class CodesFile {
  /** Of the entries, rising: one a row. */
  readonly ids: Float64Array;
  private readonly file: number;
  private readonly dimension: number;

  constructor(path: string, dimension: number, count: number) {
    this.dimension = dimension;
    this.file = openSync(path, 'r');
    this.ids = new Float64Array(count);
    const bytes = new Uint8Array(this.ids.buffer);
    if (readSync(this.file, bytes, 0, bytes.length, count * dimension) !== bytes.length) {
      closeSync(this.file);
      throw new Error('its codes end too early');
    }
  }

  /** Tells of each row in turn. The code is overwritten after the call. Lets others work in between. */
  async read(rows: Iterable<number>, each: (row: number, code: Int8Array) => void): Promise<void> {
    let space: Int8Array | undefined;
    let chunk: number[] = [];
    const spaceFor = (numbers: number) => {
      if (space === undefined || space.length < numbers) space = new Int8Array(numbers);
      return space;
    };
    const readChunk = async () => {
      this.readChunk(chunk, spaceFor, each);
      chunk = [];
      await setImmediate();
    };
    for (const row of rows) {
      if (chunk.length > 0 && row - chunk[0]! >= CHUNK_ROWS && !this.isSparse(chunk, row)) await readChunk();
      else if (chunk.length === CHUNK_ROWS) await readChunk();
      chunk.push(row);
    }
    if (chunk.length > 0) this.readChunk(chunk, spaceFor, each);
  }

  close(): void {
    closeSync(this.file);
  }

  private isSparse(chunk: readonly number[], next: number): boolean {
    return chunk.length * LONE_ROW_COST < next - chunk[0]!;
  }

  private readChunk(
    rows: readonly number[],
    spaceFor: (numbers: number) => Int8Array,
    each: (row: number, code: Int8Array) => void,
  ): void {
    const first = rows[0]!;
    const span = rows.at(-1)! - first + 1;
    const { dimension } = this;
    if (span <= CHUNK_ROWS && span <= rows.length * LONE_ROW_COST) {
      const space = spaceFor(span * dimension);
      this.readAt(space, span * dimension, first * dimension);
      for (const row of rows) {
        const from = (row - first) * dimension;
        each(row, space.subarray(from, from + dimension));
      }
      return;
    }
    const code = spaceFor(dimension).subarray(0, dimension);
    for (const row of rows) {
      this.readAt(code, dimension, row * dimension);
      each(row, code);
    }
  }

  private readAt(space: Int8Array, bytes: number, position: number): void {
    if (readSync(this.file, space, 0, bytes, position) !== bytes) throw new Error('The codes end too early');
  }
}

/** Writes such a file from vectors, and rows of an older one, whose ids rise. */
export class CodesWriter {
  private readonly file: number;
  private readonly dimension: number;
  private readonly ids: number[] = [];
  private readonly space: Int8Array;
  private filled = 0;

  constructor(path: string, dimension: number) {
    this.dimension = dimension;
    this.file = openSync(path, 'wx');
    this.space = new Int8Array(CHUNK_ROWS * dimension);
  }

  add(id: number, vector: Float32Array): void {
    encode(vector, this.next(id));
  }

  copy(id: number, code: Int8Array): void {
    this.next(id).set(code);
  }

  /** Ends and closes the file. */
  finish(): void {
    this.flush();
    this.write(new Uint8Array(Float64Array.from(this.ids).buffer));
    closeSync(this.file);
  }

  private next(id: number): Int8Array {
    if (this.filled === CHUNK_ROWS) this.flush();
    this.ids.push(id);
    const from = this.filled++ * this.dimension;
    return this.space.subarray(from, from + this.dimension);
  }

  private flush(): void {
    this.write(new Uint8Array(this.space.buffer, 0, this.filled * this.dimension));
    this.filled = 0;
  }

  private write(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length;) from += writeSync(this.file, bytes, from);
  }
}
