import { meansWithIntervals, type Interval } from '../../../common/bootstrap.ts';
import { seededRandom } from '../../../common/seeded-random.ts';
import { multiplyRows } from '../../../linear-algebra/index.ts';
import { classScatter } from './class-scatter.ts';
import { labelMap, stretched } from './label-map.ts';
import { FOLDS, withShuffledLabels, type LabelledSample } from './labelled-sample.ts';
import { firstRows, MOST_SEARCHED, precisions, projectedRows, queriesOf, unitRows } from './sample-search.ts';

// Only erasable TypeScript: worker threads load this file from source.

/**
 * From whitening alone to the strongest stretch: beyond it, similar pictures of a label collapse into one. Above 2, where
 * copies begin to be lost, they are so far apart that the copies of a few hundred pictures can tell what each loses.
 */
export const STRETCHES = [1, 1.5, 1.75, 2, 3] as const;
/** A stretch must gain at this level of confidence: 95 % for all of them together (Bonferroni). */
const LEVEL = 1 - 0.05 / STRETCHES.length;
/** A gain of so many standard errors is beyond doubt: see `leastScore`. */
const BEYOND_DOUBT = 5;
/** Otherwise, labels are exchanged at random so many times … */
const SHUFFLES = 19;
/** … and the score of a gain must exceed the mean of those by so many standard deviations. */
const CHANCE_DEVIATIONS = 4;
/** So much of the recall of altered copies may be lost: half of the 0.01 that is promised, as few copies tell it roughly … */
const COPIES_TO_LOSE = 0.005;
/** … and the lower end of the interval of the paired difference must be above this: few copies prove nothing. */
const COPIES_LOST_AT_WORST = -0.025;
/** How many copies are searched with at a time. */
const COPIES_AT_ONCE = 100;
/** Scores that differ by less are equal: the same picture may be in the sample twice. */
const EQUAL = 1e-9;

/** What cross-validation says about a stretch. */
export interface StretchGain {
  readonly stretch: number;
  readonly precision: Interval;
  /** The paired difference from the principal axes as they are. */
  readonly gain: Interval;
  /** Whether the gain is significant, and not to be expected of labels that mean nothing. */
  readonly isSignificant: boolean;
}

export interface CrossValidation {
  /** Of the principal axes as they are. */
  readonly precision: Interval;
  readonly gains: readonly StretchGain[];
}

/** An altered copy of a picture, in the coordinates of the sample. */
export interface AlteredCopies {
  /** Row by row. */
  readonly vectors: Float32Array<ArrayBuffer>;
  /** The row in the sample of the picture that each is a copy of. */
  readonly rows: Int32Array<ArrayBuffer>;
}

/** The share of altered copies whose picture is found first. */
export interface CopyRecall {
  /** Under the principal axes as they are. */
  readonly before: number;
  /** In the order of the matrices. */
  readonly after: readonly {
    readonly recall: number;
    /** The difference from `before`, paired by copy. */
    readonly change: Interval;
  }[];
}

/**
 * Measures what learning from labels gains, on a sample in the coordinates of its principal axes: each fold is searched
 * with among the others, by what was learnt from the others alone. Precision is the share of the ten nearest that have
 * a label in common. The differences are paired by query, and their intervals come from a bootstrap.
 *
 * Undefined if no fold leaves two labels to learn from.
 */
export function crossValidate(whole: LabelledSample): CrossValidation | undefined {
  const sample = firstRows(whole, MOST_SEARCHED);
  const { before, after } = foldPrecisions(sample, STRETCHES);
  if (before.length === 0) return undefined;
  const differences = after.map((values) => values.map((value, query) => value - before[query]!));
  const [ofBefore, ...others] = meansWithIntervals([before, ...after, ...differences]);
  const [ofAfter, ofGain] = [others.slice(0, after.length), others.slice(after.length)];
  const isGain = ofGain.map((interval) => interval(LEVEL).low > 0);
  const scores = differences.map((of, at) => (isGain[at]! ? standardScore(of) : 0));
  const highest = Math.max(...scores);
  const isDoubtful = highest > 0 && highest < BEYOND_DOUBT;
  const least = isDoubtful ? leastScore(sample, STRETCHES[scores.indexOf(highest)]!) : 0;
  return {
    precision: ofBefore!(),
    gains: STRETCHES.map((stretch, at) => ({
      stretch,
      precision: ofAfter[at]!(),
      gain: ofGain[at]!(),
      isSignificant: isGain[at]! && scores[at]! > least,
    })),
  };
}

/**
 * What the standard score of a gain must exceed so that it is not due to chance. A bootstrap takes queries to be
 * independent; but all of a fold are searched with under the same map and among the same images, which matters if there
 * are few. So labels are exchanged at random a few times, and the scores then tell how far they scatter when labels mean
 * nothing (a studentised permutation test: A. Janssen, Studentized permutation tests for non-i.i.d. hypotheses and the
 * generalized Behrens-Fisher problem, Statistics & Probability Letters 36, 1997).
 */
function leastScore(sample: LabelledSample, stretch: number): number {
  const random = seededRandom(SHUFFLES);
  const scores = Array.from({ length: SHUFFLES }, () => {
    const { before, after } = foldPrecisions(withShuffledLabels(sample, random), [stretch]);
    return standardScore(after[0]!.map((value, query) => value - before[query]!));
  });
  return meanOf(scores) + CHANCE_DEVIATIONS * deviationOf(scores);
}

/** A mean in standard errors; 0 if the values are all zero. */
function standardScore(values: readonly number[]): number {
  const error = deviationOf(values) / Math.sqrt(values.length);
  return error > 0 ? meanOf(values) / error : Math.sign(meanOf(values) || 0) * BEYOND_DOUBT;
}

function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / Math.max(1, values.length - 1));
}

/** The precision of each query under the axes as they are, and by what each stretch makes of the other folds. */
function foldPrecisions(
  sample: LabelledSample,
  stretches: readonly number[],
): { before: number[]; after: number[][] } {
  const before: number[] = [];
  const after: number[][] = stretches.map(() => []);
  const queries = queriesOf(sample);
  const rows = projectedRows(sample);
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const scatter = classScatter(sample, fold);
    const asked = queries.filter((row) => sample.folds[row] === fold);
    if (scatter.classes < 2 || asked.length === 0) continue;
    const map = labelMap(scatter, sample.dimension);
    before.push(...precisions(sample, asked, rows));
    for (const [at, stretch] of stretches.entries()) {
      after[at]!.push(...precisions(sample, asked, projectedRows(sample, stretched(map, stretch))));
    }
  }
  return { before, after };
}

/**
 * Searches with altered copies of pictures, which are among the first `MOST_SEARCHED` of the sample, under each of the
 * matrices: by default, those that labels give for each of `STRETCHES`.
 */
export function recallOfCopies(
  sample: LabelledSample,
  copies: AlteredCopies,
  matrices: readonly Float64Array[] = stretchesOf(sample),
): CopyRecall {
  const { dimension } = sample;
  const searched = firstRows(sample, MOST_SEARCHED);
  const found = (matrix?: Float64Array) => {
    const gallery = projectedRows(searched, matrix);
    const vectors = unitRows(copies.vectors, dimension, matrix);
    const count = gallery.length / dimension;
    const first: number[] = [];
    for (let start = 0; start < copies.rows.length; start += COPIES_AT_ONCE) {
      const rows = copies.rows.subarray(start, start + COPIES_AT_ONCE);
      const some = vectors.subarray(start * dimension, (start + rows.length) * dimension);
      const scores = multiplyRows(some, gallery, dimension);
      for (const [copy, row] of rows.entries()) {
        const own = scores.subarray(copy * count, (copy + 1) * count);
        first.push(own.every((score) => score <= own[row]! + EQUAL) ? 1 : 0);
      }
    }
    return first;
  };
  const before = found();
  const after = matrices.map((matrix) => found(matrix));
  const changes = meansWithIntervals(after.map((values) => values.map((value, at) => value - before[at]!)));
  return {
    before: meanOf(before),
    after: after.map((values, at) => ({ recall: meanOf(values), change: changes[at]!() })),
  };
}

function stretchesOf(sample: LabelledSample): Float64Array[] {
  const map = labelMap(classScatter(sample), sample.dimension);
  return STRETCHES.map((stretch) => stretched(map, stretch));
}

/** The stretch that gains most among those with a significant gain that lose hardly any copies, by its position. */
export function bestStretch({ gains }: CrossValidation, { after }: CopyRecall): number | undefined {
  let best: number | undefined;
  for (const [at, { gain, isSignificant }] of gains.entries()) {
    if (!isSignificant || losesCopies(after[at]!.change)) continue;
    if (best === undefined || gain.value > gains[best]!.gain.value) best = at;
  }
  return best;
}

/** Whether too many altered copies are lost, or too few were searched for to exclude it. */
export function losesCopies({ value, low }: Interval): boolean {
  return value < -COPIES_TO_LOSE - EQUAL || low <= COPIES_LOST_AT_WORST;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
