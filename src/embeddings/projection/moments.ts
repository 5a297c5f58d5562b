import { multiplyRows } from '../../linear-algebra/index.ts';

// Type-only TypeScript: worker threads load this file as it is.

/**
 * Features are rounded to this fraction before they are multiplied. Products and sums are then whole
 * numbers that a double holds exactly (up to 131,072 unit vectors at the very least): the order in
 * which pictures come, and who adds up which, make no difference to the last bit.
 */
const SCALE = 2 ** 18;
/** Vectors added at a time: so often less are the products read and written. */
const AT_ONCE = 256;
/** Features multiplied with all behind them at a time. */
const TILE = 64;

/** First and second moments of vectors, added up one batch at a time; memory grows with the dimension only. */
export class Moments {
  readonly dimension: number;
  vectors = 0;
  /** Scaled. */
  readonly sums: Float64Array;
  /** Scaled twice; the upper triangle, within all of `dimension` × `dimension`. */
  readonly products: Float64Array;

  constructor(dimension: number) {
    this.dimension = dimension;
    this.sums = new Float64Array(dimension);
    this.products = new Float64Array(dimension * dimension);
  }

  /** Vectors one after the other, none of a length above 1. */
  add(vectors: Float32Array): void {
    const { dimension, sums } = this;
    for (let start = 0; start < vectors.length; start += AT_ONCE * dimension) {
      const some = vectors.subarray(start, start + AT_ONCE * dimension);
      const count = some.length / dimension;
      // Feature by feature, so that the sums over the vectors run along memory.
      const columns = new Float64Array(some.length);
      for (let vector = 0, at = 0; vector < count; vector += 1) {
        for (let feature = 0; feature < dimension; feature += 1, at += 1) {
          const value = Math.round(some[at]! * SCALE);
          columns[feature * count + vector] = value;
          sums[feature]! += value;
        }
      }
      this.addProducts(columns, count);
      this.vectors += count;
    }
  }

  /** What another one of the same dimension added up. */
  merge(vectors: number, sums: Float64Array, products: Float64Array): void {
    this.vectors += vectors;
    for (let at = 0; at < sums.length; at += 1) this.sums[at]! += sums[at]!;
    for (let at = 0; at < products.length; at += 1) this.products[at]! += products[at]!;
  }

  mean(): Float64Array {
    return this.sums.map((sum) => sum / this.vectors / SCALE);
  }

  /** The covariance matrix, or about zero where it is not centred; divided by the number of vectors. */
  matrix(centred: boolean): Float64Array {
    const { dimension, sums, products, vectors } = this;
    const matrix = new Float64Array(dimension * dimension);
    for (let i = 0; i < dimension; i += 1) {
      for (let j = i; j < dimension; j += 1) {
        const sum = products[i * dimension + j]! - (centred ? (sums[i]! * sums[j]!) / vectors : 0);
        const value = sum / vectors / (SCALE * SCALE);
        matrix[i * dimension + j] = value;
        matrix[j * dimension + i] = value;
      }
    }
    return matrix;
  }

  /** Of every feature with itself and all behind it, and with a few before it, which are not used. */
  private addProducts(columns: Float64Array, count: number): void {
    const { dimension, products } = this;
    for (let tile = 0; tile < dimension; tile += TILE) {
      const end = Math.min(dimension, tile + TILE);
      const right = columns.subarray(tile * count);
      const block = multiplyRows(columns.subarray(tile * count, end * count), right, count);
      const width = dimension - tile;
      for (let row = 0; row < end - tile; row += 1) {
        const to = (tile + row) * dimension + tile;
        for (let at = 0; at < width; at += 1) products[to + at]! += block[row * width + at]!;
      }
    }
  }
}
