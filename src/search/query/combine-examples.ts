import { examplesCancelOut } from '../search.errors.ts';

/**
 * What is shorter than this, as a share of the weights, has no direction that means anything: features are rounded
 * to 2⁻¹⁸, and several of them may have been added.
 */
const NO_DIRECTION = 1e-3;

/**
 * The weighted sum of unit vectors of the same length, scaled to unit length. The cosine of a vector with it is
 * proportional to the weighted sum of its cosines with the vectors.
 *
 * Throws `EXAMPLES_CANCEL_OUT` if the sum has no direction.
 */
export function combineExamples(vectors: readonly Float32Array[], weights: readonly number[]): Float32Array {
  const [only] = vectors;
  if (only !== undefined && vectors.length === 1 && weights[0] === 1) return only;
  const sum = new Float64Array(only?.length ?? 0);
  let total = 0;
  for (const [at, vector] of vectors.entries()) {
    const weight = weights[at] ?? 0;
    total += Math.abs(weight);
    for (let axis = 0; axis < sum.length; axis += 1) sum[axis]! += weight * vector[axis]!;
  }
  let squares = 0;
  for (const value of sum) squares += value * value;
  const length = Math.sqrt(squares);
  if (!(length > NO_DIRECTION * total)) throw examplesCancelOut();
  return Float32Array.from(sum, (value) => value / length);
}
