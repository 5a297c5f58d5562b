import { seededRandom } from './seeded-random.ts';

// Only erasable TypeScript: worker threads run this file from source.

/** A mean with the bounds of its bootstrap confidence interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 2_000;

/**
 * The mean of values with the interval that contains `level` of the means of resamples (percentile bootstrap,
 * Efron 1979). Given differences of pairs, it is the interval of the paired difference. The random numbers are
 * seeded, so the same values always give the same interval.
 */
export function meanWithInterval(values: readonly number[], level?: number): Interval {
  return meansWithIntervals([values])[0]!(level);
}

/**
 * The same for several lists of equally many values, and for any level. All are resampled with the same draws, which
 * take longer than adding up.
 */
export function meansWithIntervals(lists: readonly (readonly number[])[]): ((level?: number) => Interval)[] {
  const random = seededRandom(0x10ca11fe);
  const length = lists[0]?.length ?? 0;
  const drawn = new Int32Array(length);
  const numbers = lists.map((values) => Float64Array.from(values));
  const means = lists.map(() => new Float64Array(RESAMPLES));
  for (let resample = 0; resample < RESAMPLES; resample += 1) {
    // Draws as many values as there are, with replacement. Millions of draws are made: `| 0` is a fast floor.
    for (let draw = 0; draw < length; draw += 1) drawn[draw] = (random() * length) | 0;
    for (const [list, values] of numbers.entries()) means[list]![resample] = sumOf(values, drawn) / length;
  }
  return lists.map((values, list) => {
    const sorted = means[list]!.sort();
    const value = values.reduce((sum, one) => sum + one, 0) / length;
    return (level = 0.95) => ({
      value,
      low: quantile(sorted, (1 - level) / 2),
      high: quantile(sorted, (1 + level) / 2),
    });
  });
}

function sumOf(values: Float64Array, drawn: Int32Array): number {
  let sum = 0;
  for (const at of drawn) sum += values[at]!;
  return sum;
}

/** The q-quantile of values in ascending order, by linear interpolation. Throws a `RangeError` if there are none. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) throw new RangeError('no values have no quantile');
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}
