import type { FitOptions } from '../fitting/fit-axes.ts';
import { FOLDS, type LabelledVector } from './labelled-sample.ts';
import { LearnThreads, type Vectors } from './learn-threads.ts';
import { LearningReason } from './learning.ts';
import type { FittedAxes } from '../projection.ts';

/** A fold of a sample and the rest, projected by a fit that has not seen the labels of the fold. */
export interface HeldOutFold {
  readonly heldOut: readonly LabelledVector[];
  readonly others: readonly LabelledVector[];
}

export interface HoldOutOptions extends Pick<FitOptions, 'signal' | 'threads'> {
  /**
   * Set if there are no more vectors than axes, which then consist of the vectors themselves. Each fold is projected to
   * the space that the others span, much as by axes that were fitted on them alone.
   */
  readonly fromFew?: boolean;
}

/**
 * For each fold of the images, the images of the fold and all others, projected by what is learnt from the others
 * alone, as strongly as `fitted` has learnt. So pairs of a held-out vector and another are scored like a new picture and
 * a hit of the index. Fits of different folds differ: only vectors of the same `HeldOutFold` can be compared.
 *
 * Vectors are read once. What `fitted` has learnt from labels is taken out of its axes first: they are replaced by
 * orthonormal ones that span the same space. Which ones does not matter: they differ by a rotation. Judged pairs are
 * left out.
 */
export async function* heldOutFolds(
  vectors: Vectors<LabelledVector>,
  fitted: FittedAxes,
  { fromFew = false, signal, threads: most }: HoldOutOptions = {},
): AsyncGenerator<HeldOutFold> {
  const threads = new LearnThreads(fitted, most);
  const { learning } = fitted.stats;
  // What only feedback has taught says nothing about labels, which are what is held out.
  const stretch = learning?.reason === LearningReason.FEEDBACK ? null : (learning?.stretch ?? null);
  try {
    const { sample, items } = await threads.takeSample(vectors, { signal });
    const count = sample.dimension;
    for (let fold = 0; fold < FOLDS; fold += 1) {
      signal?.throwIfAborted();
      const projected = await threads.first.holdOut({ fold, stretch, fromFew });
      const all = items.map((item, row) => ({
        ...item,
        vector: projected.subarray(row * count, (row + 1) * count),
      }));
      yield {
        heldOut: all.filter((_, row) => sample.folds[row] === fold),
        others: all.filter((_, row) => sample.folds[row] !== fold),
      };
    }
  } finally {
    await threads.close();
  }
}
