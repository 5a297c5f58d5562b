/**
 * Float vectors in memory, of entries one after the other, as long as they fit. Those beyond are read
 * from the database in every search.
 */
export class HeldVectors {
  private numbers: Float32Array;
  private rows = 0;

  constructor(
    private readonly dimension: number,
    /** The ordinal of the first vector. */
    readonly first: number,
    /** Held at most. */
    private readonly most: number,
    /** That will come for sure. */
    expected = 0,
  ) {
    this.numbers = new Float32Array(expected * dimension);
  }

  /** The first ordinal from which on nothing is held. */
  get end(): number {
    return this.first + this.rows;
  }

  get isFull(): boolean {
    return this.rows >= this.most;
  }

  /** Appends the vector of the ordinal `end`; nothing for one that is gone already. */
  append(vector: Float32Array | undefined): void {
    const from = this.rows * this.dimension;
    if (from + this.dimension > this.numbers.length) {
      const rows = Math.min(this.most, Math.max(64, Math.ceil(this.rows * 1.5)));
      const numbers = new Float32Array(rows * this.dimension);
      numbers.set(this.numbers.subarray(0, from));
      this.numbers = numbers;
    }
    if (vector !== undefined) this.numbers.set(vector, from);
    this.rows++;
  }

  at(ordinal: number): Float32Array | undefined {
    if (ordinal < this.first || ordinal >= this.end) return undefined;
    const from = (ordinal - this.first) * this.dimension;
    return this.numbers.subarray(from, from + this.dimension);
  }
}
