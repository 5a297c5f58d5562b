import { seededRandom } from '../../common/index.ts';

/** A mean with the bounds of its 95 % bootstrap interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Whether each hit of a query was relevant, best first. */
export type Relevances = readonly boolean[];

/** The share of relevant ones among the first k hits; hits that are missing count as irrelevant. */
export function precisionAtK(relevances: Relevances, k: number): number {
  return relevances.slice(0, k).filter(Boolean).length / k;
}

/**
 * The mean of the precisions at the ranks i ≤ k that are relevant, 0 where none is. So it rewards
 * relevant hits that come early; unlike the definition over all relevant documents it does not
 * ask how many there are.
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
 * The mean of a value a query, with the interval that holds 95 % of the means of resamples
 * (percentile bootstrap, Efron 1979). The random numbers are seeded: the same values give the same
 * interval.
 */
export function meanWithInterval(values: readonly number[]): Interval {
  const random = seededRandom(0x10ca11fe);
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    // As many are drawn as there are, each from all of them.
    values.forEach(() => (sum += values[Math.floor(random() * values.length)] ?? 0));
    return sum / values.length;
  }).sort((a, b) => a - b);
  return {
    value: values.reduce((sum, value) => sum + value, 0) / values.length,
    low: quantile(means, 0.025),
    high: quantile(means, 0.975),
  };
}

/** The q-quantile of rising values, by linear interpolation; 0 of none. */
export function quantile(sorted: readonly number[], q: number): number {
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)] ?? 0;
  const above = sorted[Math.ceil(position)] ?? below;
  return below + (above - below) * (position - Math.floor(position));
}
