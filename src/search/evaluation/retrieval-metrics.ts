import { seededRandom } from '../../common/index.ts';

/** A mean with the bounds of its 95 % bootstrap confidence interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Whether each hit of a query is relevant, best hit first. */
export type Relevances = readonly boolean[];

/** The share of relevant hits among the first k. Missing hits count as irrelevant. */
export function precisionAtK(relevances: Relevances, k: number): number {
  return relevances.slice(0, k).filter(Boolean).length / k;
}

/**
 * The mean of the precisions at those ranks up to k that are relevant; 0 if none is. It rewards relevant hits that
 * come early. Unlike the definition over all relevant documents, it does not depend on how many of them exist.
 */
export function averagePrecisionAtK(relevances: Relevances, k: number): number {
  let relevant = 0;
  let sum = 0;
  relevances.slice(0, k).forEach((isRelevant, index) => {
    if (!isRelevant) return;
    relevant += 1;
    sum += relevant / (index + 1);
  });
  return relevant === 0 ? 0 : sum / relevant;
}

const RESAMPLES = 2_000;

/**
 * The mean of one value per query, with the interval that contains 95 % of the means of resamples (percentile
 * bootstrap, Efron 1979). The random numbers are seeded, so the same values always give the same interval.
 */
export function meanWithInterval(values: readonly number[]): Interval {
  const random = seededRandom(0x10ca11fe);
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    // Draws as many values as there are, with replacement.
    values.forEach(() => (sum += values[Math.floor(random() * values.length)]!));
    return sum / values.length;
  }).sort((a, b) => a - b);
  return {
    value: values.reduce((sum, value) => sum + value, 0) / values.length,
    low: quantile(means, 0.025),
    high: quantile(means, 0.975),
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
