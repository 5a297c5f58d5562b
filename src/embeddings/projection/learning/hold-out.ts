import { arbitraryNumbers, multiplyRows, orthonormalise } from '../../../linear-algebra/index.ts';
import { classScatter } from './class-scatter.ts';
import { labelMap, stretched } from './label-map.ts';
import type { LabelledSample } from './labelled-sample.ts';
import type { HoldOut } from './learn-axes.messages.ts';
import { projectedRows } from './sample-search.ts';

// Only erasable TypeScript: worker threads load this file from source.

/**
 * All vectors of a sample at unit length, row by row, projected by what is learnt without one fold. `length` is that of
 * the vectors which the axes project.
 */
export function projectWithout(
  sample: LabelledSample,
  { fold, stretch, fromFew }: HoldOut,
  length: number,
): Float64Array {
  const seen = fromFew ? alongAxesOfOthers(sample, fold, length) : sample;
  if (stretch === null) return projectedRows(seen);
  const scatter = classScatter(seen, fold);
  if (scatter.classes < 2) return projectedRows(seen);
  return projectedRows(seen, stretched(labelMap(scatter, seen.dimension), stretch));
}

/**
 * The coordinates as if the axes had been fitted on all other folds alone: first those that span the vectors of these
 * folds. The remaining axes would be arbitrary directions among all of the other features, which keep a share of the
 * energy of what is left of a held-out vector, on average. So this much of it is kept.
 */
function alongAxesOfOthers(sample: LabelledSample, fold: number, length: number): LabelledSample {
  const { dimension, vectors, folds } = sample;
  const vectorAt = (row: number) => vectors.subarray(row * dimension, (row + 1) * dimension);
  // Rows of the same picture follow each other.
  const isNew = (row: number) =>
    row === 0 || vectorAt(row - 1).some((value, at) => value !== vectorAt(row)[at]);
  const rows = Array.from(folds.keys())
    .filter((row) => folds[row] !== fold && isNew(row))
    .slice(0, dimension);
  const axes = new Float64Array(dimension * dimension);
  for (const [at, row] of rows.entries()) axes.set(vectorAt(row), at * dimension);
  orthonormalise(axes, dimension, arbitraryNumbers());
  const spanned = rows.length;
  const share = Math.sqrt((dimension - spanned) / Math.max(1, length - spanned));
  const coordinates = multiplyRows(Float64Array.from(vectors), axes, dimension);
  return {
    ...sample,
    vectors: Float32Array.from(coordinates, (value, at) =>
      at % dimension < spanned ? value : share * value,
    ),
  };
}
