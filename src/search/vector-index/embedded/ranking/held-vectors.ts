import { cosineOf, dot } from './cosine.ts';

/**
 * The float vectors of consecutive entries in memory, as many as fit. The vectors of later entries are read from
 * the database in every search.
 */
export class HeldVectors {
  private numbers: Float32Array;
  /** The dot product of each vector with itself. */
  private squares: Float64Array;
  private rows = 0;

  constructor(
    private readonly dimension: number,
    /** The ordinal of the first vector. */
    readonly first: number,
    /** The maximum number of vectors to hold. */
    private readonly most: number,
    /** How many vectors are certain to be appended. */
    expected = 0,
  ) {
    this.numbers = new Float32Array(expected * dimension);
    this.squares = new Float64Array(expected);
  }

  /** The first ordinal behind the vectors that are held. */
  get end(): number {
    return this.first + this.rows;
  }

  get isFull(): boolean {
    return this.rows >= this.most;
  }

  /** Appends the vector of the ordinal `end`; zeros for an entry that has already been removed. */
  append(vector: Float32Array | undefined): void {
    if (this.rows === this.squares.length) this.grow();
    if (vector !== undefined) {
      this.numbers.set(vector, this.rows * this.dimension);
      this.squares[this.rows] = dot(vector, vector);
    }
    this.rows++;
  }

  at(ordinal: number): Float32Array | undefined {
    if (ordinal < this.first || ordinal >= this.end) return undefined;
    const from = (ordinal - this.first) * this.dimension;
    return this.numbers.subarray(from, from + this.dimension);
  }

  /** The `cosine` of a query, whose dot product with itself is `square`, and a vector that is held. */
  cosineTo(query: Float32Array, square: number, ordinal: number): number {
    const row = ordinal - this.first;
    return cosineOf(dot(query, this.numbers, row * this.dimension), square, this.squares[row]!);
  }

  private grow(): void {
    const rows = Math.min(this.most, Math.max(64, Math.ceil(this.rows * 1.5)));
    const numbers = new Float32Array(rows * this.dimension);
    numbers.set(this.numbers);
    this.numbers = numbers;
    const squares = new Float64Array(rows);
    squares.set(this.squares);
    this.squares = squares;
  }
}
