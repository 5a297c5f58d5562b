/** What makes the vector useless for a search, or undefined. A single such vector spoils a graph's every answer. */
export function vectorProblem(vector: Float32Array, dimension: number): string | undefined {
  if (vector.length !== dimension) return `it has ${vector.length} numbers, not ${dimension}`;
  let square = 0;
  for (const value of vector) square += value * value;
  if (!Number.isFinite(square)) return 'it holds a number that is not finite';
  // Below this, half precision knows nothing but zero.
  if (square < 1e-12) return 'it is zero';
  return undefined;
}
