import { meanWithInterval, type Interval } from '../../../common/bootstrap.ts';
import { multiplyRows } from '../../../linear-algebra/index.ts';
import { classScatter, type ClassScatter } from './class-scatter.ts';
import { foldOfGroup, pairScatter, pooled, type PackedPairs } from './judged-pairs.ts';
import { labelMap, stretched } from './label-map.ts';
import { FOLDS, type LabelledSample } from './labelled-sample.ts';
import { firstRows, MOST_SEARCHED, precisions, projectedRows, queriesOf, unitRows } from './sample-search.ts';

// Only erasable TypeScript: worker threads load this file from source.

/** So much precision for labels may be lost for the sake of judged pairs, at the lower end of the interval. */
const PRECISION_TO_LOSE = 0.01;
/** Scores that differ by less are equal. */
const EQUAL = 1e-9;

/** What judged pairs would bring to a fit. */
export interface JudgedGain {
  /** The mean reciprocal rank of the judged images of pairs that were held out, without any pairs. */
  readonly before: Interval;
  /** The same with what the other pairs have taught. */
  readonly after: Interval;
  /** Paired by group. */
  readonly gain: Interval;
  /** Whether the gain is significant, and hits share labels as often as before. */
  readonly isSignificant: boolean;
}

/** What a fit learns from, besides how strongly it does. */
export interface Lesson {
  /** Null leaves the principal axes as they are, if there are no pairs, and only whitens if there are. */
  readonly stretch: number | null;
  readonly pairs?: PackedPairs;
}

/**
 * The matrix that a lesson gives; undefined if it is none. Labels are left out of it if the stretch is null.
 * `exceptFold` is one of the sample, `exceptPairs` one of the pairs.
 */
export function lessonMatrix(
  sample: LabelledSample,
  { stretch, pairs }: Lesson,
  { exceptFold, exceptPairs }: { readonly exceptFold?: number; readonly exceptPairs?: number } = {},
): Float64Array | undefined {
  if (stretch === null && pairs === undefined) return undefined;
  const { dimension } = sample;
  const labels = stretch === null ? nothing(dimension) : classScatter(sample, exceptFold);
  const scatter = pairs === undefined ? labels : pooled(labels, pairScatter(pairs, exceptPairs));
  return stretched(labelMap(scatter, dimension), stretch ?? 1);
}

/**
 * Measures what judged pairs add to a fit with this stretch: each fold of the groups is searched with after learning
 * from the others. The rank of a judged image is that among the first `MOST_SEARCHED` pictures of the sample. The
 * intervals come from a bootstrap over groups, since what is in a group depends on each other.
 */
export function judgePairs(whole: LabelledSample, stretch: number | null, pairs: PackedPairs): JudgedGain {
  const sample = firstRows(whole, MOST_SEARCHED);
  const before = reciprocalRanks(sample, pairs, lessonMatrix(whole, { stretch }));
  const after: number[] = [];
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const matrix = lessonMatrix(whole, { stretch, pairs }, { exceptPairs: fold });
    const ranks = reciprocalRanks(sample, pairs, matrix, fold);
    for (const [pair, query] of pairs.queries.entries()) {
      if (foldOfGroup(pairs.groups[query]!) === fold) after[pair] = ranks[pair]!;
    }
  }
  const [groupsBefore, groupsAfter] = [meansOfGroups(pairs, before), meansOfGroups(pairs, after)];
  const gain = meanWithInterval(groupsAfter.map((value, at) => value - groupsBefore[at]!));
  return {
    before: meanWithInterval(groupsBefore),
    after: meanWithInterval(groupsAfter),
    gain,
    isSignificant: gain.low > 0 && keepsPrecision(sample, { stretch, pairs }),
  };
}

/** Whether hits share labels about as often with the pairs as without them, cross-validated. */
function keepsPrecision(sample: LabelledSample, { stretch, pairs }: Lesson): boolean {
  const differences: number[] = [];
  const queries = queriesOf(sample);
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const asked = queries.filter((row) => sample.folds[row] === fold);
    const [without, withPairs] = [{ stretch }, { stretch, pairs }].map((lesson) =>
      precisions(sample, asked, projectedRows(sample, lessonMatrix(sample, lesson, { exceptFold: fold }))),
    ) as [number[], number[]];
    differences.push(...withPairs.map((value, at) => value - without[at]!));
  }
  return differences.length === 0 || meanWithInterval(differences).low > -PRECISION_TO_LOSE;
}

/** For each pair, or those of one fold, one divided by the rank of the image among the pictures of the sample. */
function reciprocalRanks(
  sample: LabelledSample,
  pairs: PackedPairs,
  matrix: Float64Array | undefined,
  fold?: number,
): number[] {
  const { dimension, queries, images, owners, groups } = pairs;
  const rows = projectedRows(sample, matrix);
  const own = unitRows(pairs.vectors, dimension, matrix);
  const at = (row: number) => own.subarray(row * dimension, (row + 1) * dimension);
  const ranks: number[] = [];
  for (const [pair, query] of queries.entries()) {
    if (fold !== undefined && foldOfGroup(groups[query]!) !== fold) continue;
    const image = images[pair]!;
    const asked = at(query);
    const score = asked.reduce((sum, value, place) => sum + value * at(image)[place]!, 0);
    const others = multiplyRows(asked.slice(), rows, dimension);
    const better = others.reduce((count, other, row) => {
      const owner = owners[row]!;
      return owner !== query && owner !== image && other > score + EQUAL ? count + 1 : count;
    }, 0);
    ranks[pair] = 1 / (1 + better);
  }
  return ranks;
}

function meansOfGroups({ queries, groups, groupCount }: PackedPairs, values: readonly number[]): number[] {
  const sums = new Float64Array(groupCount);
  const sizes = new Float64Array(groupCount);
  for (const [pair, query] of queries.entries()) {
    sums[groups[query]!]! += values[pair]!;
    sizes[groups[query]!]! += 1;
  }
  return [...sums].map((sum, group) => sum / sizes[group]!);
}

function nothing(dimension: number): ClassScatter {
  const zeros = () => new Float64Array(dimension * dimension);
  return { within: zeros(), between: zeros(), classes: 0, freedom: 0 };
}
