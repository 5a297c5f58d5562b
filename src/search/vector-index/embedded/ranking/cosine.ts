// Type-only TypeScript: worker threads load this file as it is.

/** Cosine similarity in [-1, 1], summed in double precision. */
export function cosine(a: Float32Array, b: Float32Array): number {
  return cosineOf(dot(a, b), dot(a, a), dot(b, b));
}

/** The same of vectors with these products, of each other and of each with itself. */
export function cosineOf(product: number, squareOfOne: number, squareOfOther: number): number {
  const score = product / Math.sqrt(squareOfOne * squareOfOther);
  return Math.max(-1, Math.min(1, score));
}

/**
 * The product of a vector with the one that begins at `from` in an array of several.
 *
 * Four sums at a time: a processor adds to the next while the one before is not yet done.
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

/**
 * Writes the vector as whole numbers of [-127, 127]. Their own length drops out of a cosine, so no
 * scale need be kept.
 */
export function encode(vector: Float32Array, code: Int8Array): void {
  let largest = 0;
  for (const value of vector) largest = Math.max(largest, Math.abs(value));
  const scale = 127 / largest;
  for (let index = 0; index < vector.length; index++) code[index] = Math.round(vector[index]! * scale);
}

/** The bytes of a vector, without a copy. */
export function toBlob(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}
