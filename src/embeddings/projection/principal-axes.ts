import { leadingEigenvectors } from '../../linear-algebra/index.ts';
import type { Moments } from './moments.ts';
import type { FittedAxes } from './projection.ts';

// Type-only TypeScript: worker threads load this file as it is.

/**
 * The axes of a projection to `count` numbers.
 *
 * With no more vectors than axes nothing is centred: the axes then span all vectors, so that
 * rankings are what they are without projection, whereas the mean of a few pictures is mostly these
 * pictures themselves.
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
