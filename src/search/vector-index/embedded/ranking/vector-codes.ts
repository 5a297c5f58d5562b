import { closeSync, openSync, writeSync } from 'node:fs';

// Only erasable TypeScript: worker threads run this file from source.

const CHUNK_BYTES = 8 * 1024 * 1024;

/**
 * Every vector of a build as 8-bit integers, in a quarter of the space, ordered by the ids of their entries. The
 * similarities of such codes are usually off by no more than 0.0006, which is enough to tell which vectors are
 * worth scoring, among those that a graph has found or among all.
 */
export class VectorCodes {
  readonly dimension: number;
  /** The id of the entry of each row, in ascending order. Rows from `count` on are not in use. */
  readonly ids: Float64Array;
  count: number;
  private readonly rows: Int8Array;

  private constructor(dimension: number, ids: Float64Array, rows: Int8Array, count: number) {
    this.dimension = dimension;
    this.ids = ids;
    this.rows = rows;
    this.count = count;
  }

  static empty(dimension: number, room: number): VectorCodes {
    return new VectorCodes(dimension, new Float64Array(room), new Int8Array(room * dimension), 0);
  }

  /** Reads the bytes of a file: `count` rows of `dimension` bytes, then the ids as float64. */
  static from(bytes: ArrayBuffer, dimension: number, count: number): VectorCodes {
    const end = count * dimension;
    if (bytes.byteLength !== end + 8 * count) throw new Error('its codes have another size');
    const ids = new Float64Array(bytes.slice(end));
    return new VectorCodes(dimension, ids, new Int8Array(bytes, 0, end), count);
  }

  /** Appends the code of a vector. Ids must be added in ascending order. */
  add(id: number, vector: Float32Array): void {
    encode(vector, this.at(this.count));
    this.ids[this.count++] = id;
  }

  /** Appends a code. Ids must be added in ascending order. */
  copy(id: number, code: Int8Array): void {
    this.at(this.count).set(code);
    this.ids[this.count++] = id;
  }

  at(row: number): Int8Array {
    return this.rows.subarray(row * this.dimension, (row + 1) * this.dimension);
  }

  /** The rows from `from` up to, but not including, `end`, without copying them. */
  between(from: number, end: number): Int8Array {
    return this.rows.subarray(from * this.dimension, end * this.dimension);
  }

  /** The row of an entry; undefined if it has none. */
  rowOf(id: number): number | undefined {
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

/**
 * Writes the vector as integers in [-127, 127]. The scale need not be kept, because a cosine does not depend on
 * lengths.
 */
export function encode(vector: Float32Array, code: Int8Array): void {
  let largest = 0;
  for (const value of vector) largest = Math.max(largest, Math.abs(value));
  const scale = 127 / largest;
  for (let index = 0; index < vector.length; index++) code[index] = Math.round(vector[index]! * scale);
}
