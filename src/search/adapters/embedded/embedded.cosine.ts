// Type-only TypeScript: worker threads load this file as it is.

/** Cosine similarity in [-1, 1], summed in double precision. */
export function cosine(a: Float32Array, b: Float32Array): number {
  const score = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  return Math.max(-1, Math.min(1, score));
}

/** Four sums at a time: a processor adds to the next while the one before is not yet done. */
function dot(a: Float32Array, b: Float32Array): number {
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  const whole = a.length - (a.length % 4);
  for (let at = 0; at < whole; at += 4) {
    first += a[at]! * b[at]!;
    second += a[at + 1]! * b[at + 1]!;
    third += a[at + 2]! * b[at + 2]!;
    fourth += a[at + 3]! * b[at + 3]!;
  }
  for (let at = whole; at < a.length; at++) first += a[at]! * b[at]!;
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
