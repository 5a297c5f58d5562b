import { multiplyRows } from '../../../linear-algebra/index.ts';

// Erasable TypeScript only, as worker threads load this file from source.

/**
 * Features are rounded to multiples of 1 / SCALE before they are multiplied. Products and sums are then
 * whole numbers, which a double holds exactly for at least 131,072 unit vectors. So neither the order of
 * the pictures nor how they are divided among threads changes a single bit.
 */
const SCALE = 2 ** 18;
/** Vectors to add at a time, which reduces how often the products are read and written. */
const AT_ONCE = 256;
/** Features to multiply at a time with all that follow. */
const TILE = 64;

/** First and second moments of vectors, summed up batch by batch. Memory only depends on the dimension. */
export class Moments {
  readonly dimension: number;
  vectors = 0;
  /** Multiplied by SCALE. */
  readonly sums: Float64Array;
  /** Multiplied by SCALE². Only the upper triangle of the `dimension` × `dimension` numbers is used. */
  readonly products: Float64Array;

  constructor(dimension: number) {
    this.dimension = dimension;
    this.sums = new Float64Array(dimension);
    this.products = new Float64Array(dimension * dimension);
  }

  /** Adds vectors, given one after the other and not longer than 1. */
  add(vectors: Float32Array): void {
    const { dimension, sums } = this;
    for (let start = 0; start < vectors.length; start += AT_ONCE * dimension) {
      const some = vectors.subarray(start, start + AT_ONCE * dimension);
      const count = some.length / dimension;
      // Transposed, so that sums over the vectors read contiguous memory.
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

  /** Adds the moments that another instance of the same dimension has summed up. */
  merge(vectors: number, sums: Float64Array, products: Float64Array): void {
    this.vectors += vectors;
    for (let at = 0; at < sums.length; at += 1) this.sums[at]! += sums[at]!;
    for (let at = 0; at < products.length; at += 1) this.products[at]! += products[at]!;
  }

  mean(): Float64Array {
    return this.sums.map((sum) => sum / this.vectors / SCALE);
  }

  /** The covariance matrix or, if not centred, the second moments about zero; divided by the number of vectors. */
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

  /** Multiplies every feature with itself and all that follow, and with a few before it, which are not used. */
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
