export { meanWithInterval, quantile, type Interval } from '../../common/index.ts';

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
