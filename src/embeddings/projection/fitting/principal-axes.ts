import { leadingEigenvectors } from '../../../linear-algebra/index.ts';
import type { Moments } from './moments.ts';
import type { FittedAxes } from '../projection.ts';

// Erasable TypeScript only, as worker threads load this file from source.

/**
 * Finds the axes of a projection to `count` numbers.
 *
 * The vectors are only centred if there are more of them than axes. Otherwise the axes span all
 * vectors, so that rankings are the same as without a projection. The mean of so few would mostly
 * consist of the pictures themselves.
 */
export function principalAxes(moments: Moments, count: number): FittedAxes {
  const { dimension, vectors } = moments;
  const centred = vectors > count;
  const matrix = moments.matrix(centred);
  const { vectors: axes, values } = leadingEigenvectors(matrix, dimension, count);
  let total = 0;
  for (let at = 0; at < dimension; at += 1) total += matrix[at * dimension + at]!;
  const kept = values.reduce((sum, value) => sum + value, 0);
  return {
    mean: centred ? Float32Array.from(moments.mean()) : new Float32Array(dimension),
    axes: Float32Array.from(axes),
    stats: { vectors, explained: total > 0 ? Math.min(1, kept / total) : 1 },
  };
}
