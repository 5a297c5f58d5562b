import {
  bestStretch,
  STRETCHES,
  type AlteredCopies,
  type CopyRecall,
  type CrossValidation,
} from './choose-stretch.ts';
import { fitAxes, type FitOptions } from '../fitting/fit-axes.ts';
import type { JudgedPair } from './judged-pairs.ts';
import { countLearntFrom, learntLabels, type Labelled, type LabelledVector } from './labelled-sample.ts';
import { learnFromPairs, projectPairs } from './learn-from-pairs.ts';
import { LearnThreads, type LearnThread, type Vectors } from './learn-threads.ts';
import { LearningReason, type Learning } from './learning.ts';
import type { FittedAxes } from '../projection.ts';

/** An altered copy of a picture. */
export interface AlteredCopy {
  /** The digest of the file of the picture itself. */
  readonly sha256: string;
  /** Of the copy. */
  readonly vector: Float32Array;
}

export interface LearnOptions extends FitOptions {
  /**
   * Unit vectors of altered copies of some of these pictures, which are given by their digests, the ones to prefer
   * first. They are read while the axes are found and labels tested, which leaves cores idle, and no longer once it shows
   * that neither labels nor pairs help.
   */
  readonly copiesOf: (sha256s: readonly string[]) => Vectors<AlteredCopy>;
  /** Images that people found relevant, with what they searched with. */
  readonly judged?: () => Vectors<JudgedPair>;
}

/** The axes to use, which are principal axes if nothing was better, and what came of learning. */
export interface LearntAxes extends FittedAxes {
  readonly stats: FittedAxes['stats'] & { readonly learning: Learning };
}

/**
 * Fits mean and axes as `fitAxes` does, and learns from labels if that is shown to help: cross-validation must find
 * significantly more images of the same label among the nearest ten, and altered copies of pictures must be found as
 * well as before. The same goes for judged pairs: see `learnFromPairs`. Otherwise the result is that of `fitAxes`.
 *
 * `vectors` is read twice and must give the same both times. Memory holds the coordinates along the axes of all of
 * them, and otherwise depends on the dimension alone. The same vectors, copies and pairs give exactly the same result,
 * whatever their order and the number of threads. Rejects as `fitAxes` does.
 */
export async function learnAxes(
  vectors: () => Vectors<LabelledVector>,
  options: LearnOptions,
): Promise<LearntAxes> {
  const items: Labelled[] = [];
  const altered = new CopiesAhead(options);
  const canLearn = () => options.judged !== undefined || learntLabels(items).length >= 2;
  const onEnd = () => {
    if (canLearn()) altered.begin(items);
  };
  try {
    return await learnBeside(altered, vectors, options, items, onEnd);
  } finally {
    await altered.stop();
  }
}

/** `items` receives what is known of each image; `onEnd` is called after the last of them. */
async function learnBeside(
  altered: CopiesAhead,
  vectors: () => Vectors<LabelledVector>,
  options: LearnOptions,
  items: Labelled[],
  onEnd: () => void,
): Promise<LearntAxes> {
  const plain = await fitAxes(eachVector(vectors(), items, onEnd), options);
  const labels = learntLabels(items).length;
  const about = { decidedAt: Date.now(), labels, images: 0, precision: null, recall: null, stretch: null };
  const result = (learning: Learning, axes: FittedAxes = plain): LearntAxes => ({
    ...axes,
    stats: { ...plain.stats, learning },
  });
  if (labels < 2 && options.judged === undefined)
    return result({ ...about, reason: LearningReason.TOO_FEW_LABELS });

  return withThreads(plain, options, async (threads) => {
    const { sample, items: sampled } = await threads.takeSample(vectors(), options);
    const thread = threads.first;
    const copies = once(() => projectCopies(thread, altered, sampled));
    const byLabels = {
      ...about,
      images: countLearntFrom(sample),
      ...(labels < 2 ? { reason: LearningReason.TOO_FEW_LABELS } : await learnFromLabels(thread, copies)),
    };
    const { judged } = options;
    const packed = judged && (await projectPairs(thread, judged(), sampled, sample.dimension));
    const lesson = await learnFromPairs(thread, byLabels.stretch, packed, copies);
    const learning = lesson === undefined ? byLabels : { ...byLabels, feedback: lesson.figures };
    if (lesson?.pairs !== undefined) {
      const { recall, pairs } = lesson;
      const figures = recallFigures(recall!, (await copies())!.rows.length, 0);
      const onlyPairs = { ...learning, stretch: 1, reason: LearningReason.FEEDBACK };
      const whole = { ...(byLabels.stretch === null ? onlyPairs : learning), recall: figures };
      return result(whole, await thread.learn({ stretch: byLabels.stretch, pairs }));
    }
    if (byLabels.stretch === null) return result(learning);
    return result(learning, await thread.learn({ stretch: byLabels.stretch }));
  });
}

type Outcome = Pick<Learning, 'reason'> & Partial<Pick<Learning, 'precision' | 'recall' | 'stretch'>>;

/** Chooses the stretch. `copies` is only asked for if labels help. */
async function learnFromLabels(
  thread: LearnThread,
  copies: () => Promise<AlteredCopies | undefined>,
): Promise<Outcome> {
  const validation = await thread.validate();
  if (validation === undefined) return { reason: LearningReason.TOO_FEW_LABELS };
  if (!validation.gains.some(({ isSignificant }) => isSignificant))
    return { reason: LearningReason.NO_GAIN, precision: figuresOf(validation) };
  const altered = await copies();
  if (altered === undefined) return { reason: LearningReason.NO_COPIES, precision: figuresOf(validation) };
  const recall = await thread.recall(altered);
  const best = bestStretch(validation, recall);
  const precision = figuresOf(validation, best);
  const figures = recallFigures(recall, altered.rows.length, best ?? strongestGain(validation));
  if (best === undefined) return { reason: LearningReason.COPIES_LOST, precision, recall: figures };
  return { reason: LearningReason.GAIN, stretch: STRETCHES[best]!, precision, recall: figures };
}

/** Reads altered copies while something else is done. */
class CopiesAhead {
  private reading: Promise<AlteredCopy[]> | undefined;
  private isStopped = false;

  constructor(private readonly options: Pick<LearnOptions, 'copiesOf' | 'signal'>) {}

  begin(items: readonly Labelled[]): void {
    const sha256s = [...new Set(items.map(({ sha256 }) => sha256))].sort();
    this.reading = this.readAll(sha256s);
    // A failure is reported by `all`. Until that is called, Node must not take it for unhandled.
    this.reading.catch(() => undefined);
  }

  /** All of them. Must have begun. */
  async all(): Promise<AlteredCopy[]> {
    if (this.reading === undefined) throw new Error('The copies have not been asked for');
    return this.reading;
  }

  /** Reads no further. Resolves when nothing is being read any more, and never rejects. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.allSettled([this.reading]);
  }

  private async readAll(sha256s: readonly string[]): Promise<AlteredCopy[]> {
    const { copiesOf, signal } = this.options;
    const copies: AlteredCopy[] = [];
    for await (const copy of copiesOf(sha256s)) {
      signal?.throwIfAborted();
      if (this.isStopped) break;
      copies.push(copy);
    }
    return copies;
  }
}

/** Undefined if there are none. */
async function projectCopies(
  thread: LearnThread,
  altered: CopiesAhead,
  sampled: readonly Labelled[],
): Promise<AlteredCopies | undefined> {
  const rows = new Map(sampled.map(({ sha256 }, row) => [sha256, row]));
  const copies = await altered.all();
  if (copies.length === 0) return undefined;
  return {
    vectors: await thread.projectEach(copies.map(({ vector }) => vector)),
    rows: Int32Array.from(copies, ({ sha256 }) => rows.get(sha256)!),
  };
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => (made ??= make());
}

/** Notes what is known of each image on the way. */
async function* eachVector(
  vectors: Vectors<LabelledVector>,
  items: Labelled[],
  onEnd: () => void,
): AsyncGenerator<Float32Array> {
  for await (const { sha256, labels, vector } of vectors) {
    items.push({ sha256, labels });
    yield vector;
  }
  onEnd();
}

function strongestGain({ gains }: CrossValidation): number {
  const values = gains.map(({ gain, isSignificant }) => (isSignificant ? gain.value : -1));
  return values.indexOf(Math.max(...values));
}

function figuresOf(validation: CrossValidation, best?: number): Learning['precision'] {
  const values = validation.gains.map(({ gain }) => gain.value);
  const { precision: precisionAfter, gain } = validation.gains[best ?? values.indexOf(Math.max(...values))]!;
  return { precisionBefore: validation.precision, precisionAfter, gain };
}

function recallFigures({ before, after }: CopyRecall, copies: number, at: number): Learning['recall'] {
  return { copies, recallBefore: before, recallAfter: after[at]!.recall };
}

async function withThreads<Result>(
  plain: FittedAxes,
  { signal, threads: most }: Pick<FitOptions, 'signal' | 'threads'>,
  work: (threads: LearnThreads) => Promise<Result>,
): Promise<Result> {
  const threads = new LearnThreads(plain, most);
  const stop = () => void threads.close();
  signal?.addEventListener('abort', stop);
  try {
    return await work(threads);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    await threads.close();
  }
}
