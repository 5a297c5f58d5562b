// Only erasable TypeScript: worker threads run this file from source.

/** Cosine similarity in [-1, 1], summed in double precision. */
export function cosine(a: Float32Array, b: Float32Array): number {
  return cosineOf(dot(a, b), dot(a, a), dot(b, b));
}

/** The cosine similarity, given the dot products of two vectors with each other and with themselves. */
export function cosineOf(product: number, squareOfOne: number, squareOfOther: number): number {
  const score = product / Math.sqrt(squareOfOne * squareOfOther);
  return Math.max(-1, Math.min(1, score));
}

/**
 * The dot product of a vector with the one that begins at `from` in an array of several.
 *
 * It keeps four sums, so that the processor can add to one before the addition to another is complete.
 */
export function dot(vector: Float32Array, several: Float32Array, from = 0): number {
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  const whole = vector.length - (vector.length % 4);
  for (let at = 0; at < whole; at += 4) {
    first += vector[at]! * several[from + at]!;
    second += vector[at + 1]! * several[from + at + 1]!;
    third += vector[at + 2]! * several[from + at + 2]!;
    fourth += vector[at + 3]! * several[from + at + 3]!;
  }
  for (let at = whole; at < vector.length; at++) first += vector[at]! * several[from + at]!;
  return first + second + third + fourth;
}
