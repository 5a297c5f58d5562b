/**
 * The float vectors of the entries that are newer than the base, as long as they fit: small indexes
 * wholly, large ones until the next build. Those beyond are read from the database in every search.
 */
export class RecentVectors {
  private numbers = new Float32Array(0);
  private rows = 0;
  private readonly most: number;

  constructor(
    private readonly dimension: number,
    /** The ordinal of the first vector. */
    readonly first: number,
    bytes: number,
  ) {
    this.most = Math.floor(bytes / (4 * dimension));
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
