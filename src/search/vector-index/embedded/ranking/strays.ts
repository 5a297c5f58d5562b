import { cosineOf, dot } from './cosine.ts';

/** The entries of a build that walks do not find, with their float vectors in memory. Searches compare them directly. */
export class Strays {
  private readonly numbers: Float32Array;
  /** The dot product of each vector with itself. */
  private readonly squares: Float64Array;

  /** `vectorOf` is asked once for each. Entries without a vector have been removed. */
  constructor(
    readonly ordinals: readonly number[],
    private readonly dimension: number,
    vectorOf: (ordinal: number) => Float32Array | undefined,
  ) {
    this.numbers = new Float32Array(ordinals.length * dimension);
    this.squares = new Float64Array(ordinals.length);
    for (const [place, ordinal] of ordinals.entries()) {
      const vector = vectorOf(ordinal);
      if (vector === undefined) continue;
      this.numbers.set(vector, place * dimension);
      this.squares[place] = dot(vector, vector);
    }
  }

  /** The `cosine` of a query, whose dot product with itself is `square`, and the stray at a place among `ordinals`. */
  cosineTo(query: Float32Array, square: number, place: number): number {
    return cosineOf(dot(query, this.numbers, place * this.dimension), square, this.squares[place]!);
  }
}
