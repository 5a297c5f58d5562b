// Type-only TypeScript: worker threads load this file as it is.

/** Cosine similarity in [-1, 1], summed in double precision. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let squareA = 0;
  let squareB = 0;
  for (let index = 0; index < a.length; index++) {
    const left = a[index]!;
    const right = b[index]!;
    dot += left * right;
    squareA += left * left;
    squareB += right * right;
  }
  const score = dot / Math.sqrt(squareA * squareB);
  return Math.max(-1, Math.min(1, score));
}

/** What makes the vector useless for a search, or undefined. A single such vector spoils a graph's every answer. */
export function problemOf(vector: Float32Array, dimension: number): string | undefined {
  if (vector.length !== dimension) return `it has ${vector.length} numbers, not ${dimension}`;
  let square = 0;
  for (const value of vector) square += value * value;
  if (!Number.isFinite(square)) return 'it holds a number that is not finite';
  // Below this, half precision knows nothing but zero.
  if (square < 1e-12) return 'it is zero';
  return undefined;
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
