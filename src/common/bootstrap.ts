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
export function meanWithInterval(values: readonly number[], level = 0.95): Interval {
  const random = seededRandom(0x10ca11fe);
  const { length } = values;
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    // Draws as many values as there are, with replacement. Millions of draws are made: `| 0` is a fast floor.
    for (let draw = 0; draw < length; draw += 1) sum += values[(random() * length) | 0]!;
    return sum / length;
  }).sort((a, b) => a - b);
  return {
    value: values.reduce((sum, value) => sum + value, 0) / values.length,
    low: quantile(means, (1 - level) / 2),
    high: quantile(means, (1 + level) / 2),
  };
}

/** The q-quantile of values in ascending order, by linear interpolation. Throws a `RangeError` if there are none. */
export function quantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) throw new RangeError('no values have no quantile');
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}
