import type { AlteredCopies, CopyRecall } from './choose-stretch.ts';
import { losesCopies } from './choose-stretch.ts';
import { packPairs, type JudgedPair, type PackedPairs } from './judged-pairs.ts';
import type { Labelled } from './labelled-sample.ts';
import type { LearnThread, Vectors } from './learn-threads.ts';
import type { FeedbackFigures } from './learning.ts';

/** With fewer groups of judged pairs, their folds would prove nothing. */
const LEAST_GROUPS = 25;
/** How many pairs are projected at a time. */
const BATCH = 256;

/** What judged pairs teach, if they help. */
export interface PairsLesson {
  readonly figures: FeedbackFigures;
  /** Undefined if they do not help. */
  readonly pairs: PackedPairs | undefined;
  /** With the pairs; undefined unless copies were searched for. */
  readonly recall: CopyRecall | undefined;
}

/**
 * Whether a fit with this stretch should learn from judged pairs: those that are held out must be ranked significantly
 * higher, hits must share labels as often as before, and altered copies must still be found. `copies` is only asked for
 * if that depends on it. Undefined if there are too few pairs to tell.
 */
export async function learnFromPairs(
  thread: LearnThread,
  stretch: number | null,
  pairs: PackedPairs | undefined,
  copies: () => Promise<AlteredCopies | undefined>,
): Promise<PairsLesson | undefined> {
  if (pairs === undefined || pairs.groupCount < LEAST_GROUPS) return undefined;
  const { before, after, gain, isSignificant } = await thread.judge(stretch, pairs);
  const figures = { pairs: pairs.queries.length, rankBefore: before, rankAfter: after, gain };
  const altered = isSignificant ? await copies() : undefined;
  if (altered === undefined) {
    return { figures: { ...figures, isUsed: false }, pairs: undefined, recall: undefined };
  }
  const recall = await thread.recall(altered, { stretch, pairs });
  const isUsed = !losesCopies(recall.after[0]!.change);
  return { figures: { ...figures, isUsed }, pairs: isUsed ? pairs : undefined, recall };
}

/** Projects the vectors of judged pairs, a few at a time; undefined if there are none. */
export async function projectPairs(
  thread: LearnThread,
  judged: Vectors<JudgedPair>,
  sampled: readonly Labelled[],
  dimension: number,
): Promise<PackedPairs | undefined> {
  const pairs: (readonly [query: string, image: string])[] = [];
  const coordinates = new Map<string, Float32Array>();
  const waiting = new Map<string, Float32Array>();
  const project = async () => {
    const projected = await thread.projectEach([...waiting.values()]);
    for (const [at, key] of [...waiting.keys()].entries()) {
      coordinates.set(key, projected.slice(at * dimension, (at + 1) * dimension));
    }
    waiting.clear();
  };
  for await (const { query, image } of judged) {
    if (query.key === image.key) continue;
    pairs.push([query.key, image.key]);
    for (const { key, vector } of [query, image]) if (!coordinates.has(key)) waiting.set(key, vector);
    if (waiting.size >= BATCH) await project();
  }
  if (pairs.length === 0) return undefined;
  if (waiting.size > 0) await project();
  return packPairs(
    pairs,
    coordinates,
    sampled.map(({ sha256 }) => sha256),
    dimension,
  );
}
