import { closeSync, openSync, writeSync } from 'node:fs';
import { encode } from './cosine.ts';

// Type-only TypeScript: worker threads load this file as it is.

const CHUNK_BYTES = 8 * 1024 * 1024;

/**
 * Every vector of a build as 8-bit whole numbers, a quarter of the float vectors, in the order of their
 * entries' ids. Similarities of such codes are off by 0.0006 at most times: near enough to tell which
 * vectors are worth scoring, of those that a graph has found, or of all.
 */
export class Codes {
  readonly dimension: number;
  /** Of the entries, rising: one a row. Rows past `count` are not in use. */
  readonly ids: Float64Array;
  count: number;
  private readonly rows: Int8Array;

  private constructor(dimension: number, ids: Float64Array, rows: Int8Array, count: number) {
    this.dimension = dimension;
    this.ids = ids;
    this.rows = rows;
    this.count = count;
  }

  static empty(dimension: number, room: number): Codes {
    return new Codes(dimension, new Float64Array(room), new Int8Array(room * dimension), 0);
  }

  /** From the bytes of a file: `count` rows of `dimension` bytes, then the ids as float64. */
  static from(bytes: ArrayBuffer, dimension: number, count: number): Codes {
    const end = count * dimension;
    if (bytes.byteLength !== end + 8 * count) throw new Error('its codes are not of this size');
    const ids = new Float64Array(bytes.slice(end));
    return new Codes(dimension, ids, new Int8Array(bytes, 0, end), count);
  }

  /** Ids must come rising. */
  add(id: number, vector: Float32Array): void {
    encode(vector, this.at(this.count));
    this.ids[this.count++] = id;
  }

  copy(id: number, code: Int8Array): void {
    this.at(this.count).set(code);
    this.ids[this.count++] = id;
  }

  at(row: number): Int8Array {
    return this.rows.subarray(row * this.dimension, (row + 1) * this.dimension);
  }

  /** The rows from one to before another, without a copy. */
  between(from: number, end: number): Int8Array {
    return this.rows.subarray(from * this.dimension, end * this.dimension);
  }

  /** The row of an entry; undefined where it is not among them. */
  find(id: number): number | undefined {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ids[middle]! < id) low = middle + 1;
      else high = middle;
    }
    return low < this.count && this.ids[low] === id ? low : undefined;
  }

  save(path: string): void {
    const file = openSync(path, 'wx');
    try {
      for (const part of [this.between(0, this.count), this.ids.subarray(0, this.count)]) {
        const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
        for (let at = 0; at < bytes.length;)
          at += writeSync(file, bytes, at, Math.min(CHUNK_BYTES, bytes.length - at));
      }
    } finally {
      closeSync(file);
    }
  }
}
