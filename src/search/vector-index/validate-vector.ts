import { vectorInvalid } from '../search.errors.ts';

/**
 * Throws `VECTOR_INVALID` for a vector that an index cannot use: a single one would spoil every answer of a
 * graph. `index` is the name of the index; `imageId` is omitted for a query vector.
 */
export function assertVectorUsable(
  index: string,
  vector: Float32Array,
  dimension: number,
  imageId?: number,
): void {
  const problem = problemOf(vector, dimension);
  if (problem !== undefined) throw vectorInvalid(index, problem, imageId);
}

function problemOf(vector: Float32Array, dimension: number): string | undefined {
  if (vector.length !== dimension) return `it has ${vector.length} numbers, not ${dimension}`;
  let square = 0;
  for (const value of vector) square += value * value;
  if (!Number.isFinite(square)) return 'it contains a number that is not finite';
  // In half precision, anything smaller is zero.
  if (square < 1e-12) return 'it is zero';
  return undefined;
}
