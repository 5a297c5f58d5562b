import { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** The shares of the vectors that have a label. Whatever has a rarer label also has the more frequent ones. */
export const SHARES = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5];
/** A label of vectors that lie together, apart from most queries. */
export const REGION = 'region 3';

/** The data of one run, as all contenders read it from the files of a folder. */
export class VectorFile {
  readonly dimension: number;
  /** The number of vectors to be indexed. The queries follow them. */
  readonly count: number;
  private readonly folder: string;
  private readonly positions: Float32Array;
  private readonly regions: Uint8Array;

  constructor(folder: string, dimension: number, count: number) {
    this.folder = folder;
    this.dimension = dimension;
    this.count = count;
    this.positions = new Float32Array(new Uint8Array(readFileSync(join(folder, 'positions'))).buffer);
    this.regions = new Uint8Array(readFileSync(join(folder, 'regions')));
  }

  static write(folder: string, matrix: Float32Array, positions: Float32Array, regions: Uint8Array): void {
    const file = openSync(join(folder, 'vectors'), 'w');
    const bytes = Buffer.from(matrix.buffer, matrix.byteOffset, matrix.byteLength);
    for (let at = 0; at < bytes.length;)
      at += writeSync(file, bytes, at, Math.min(1 << 26, bytes.length - at));
    closeSync(file);
    writeFileSync(join(folder, 'positions'), positions);
    writeFileSync(join(folder, 'regions'), regions);
  }

  /** Some of the vectors, one after the other. */
  read(from: number, to: number): Float32Array {
    const vectors = new Float32Array((to - from) * this.dimension);
    const file = openSync(join(this.folder, 'vectors'), 'r');
    try {
      readSync(file, new Uint8Array(vectors.buffer), 0, vectors.byteLength, 4 * from * this.dimension);
    } finally {
      closeSync(file);
    }
    return vectors;
  }

  query(at: number): Float32Array {
    return this.read(this.count + at, this.count + at + 1);
  }

  has(at: number, label: string | null): boolean {
    if (label === null) return true;
    if (label === REGION) return this.regions[at] === 3;
    return this.positions[at]! < Number(label);
  }

  labelsOf(at: number): string[] {
    return [...SHARES.map(String), REGION].filter((label) => this.has(at, label));
  }
}
