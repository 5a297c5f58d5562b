import { confidenceOf, leastScoreWith } from '../confidence/calibration-curve.ts';
import type { ScopedIndex, SearchScope } from './search-scope.ts';
import type { SearchBy } from './similar-images.ts';

/** The confidence of a hit, by its dataset and score; null if it is not known. */
export type ConfidenceOf = (datasetId: number, score: number) => number | null;

/** What the scores of a search mean. */
export function confidenceIn({ indexes }: SearchScope, by: SearchBy): ConfidenceOf {
  if (!isOnePicture(by)) return () => null;
  return (datasetId, score) => {
    const curve = indexes.find((index) => index.datasetId === datasetId)?.curve;
    return curve === undefined ? null : confidenceOf(curve, score);
  };
}

/** Scores of hits with several examples, or with one to be avoided, are not those that calibration has seen. */
export function isOnePicture(by: SearchBy): boolean {
  if (!('examples' in by)) return !('text' in by);
  const [first, ...others] = by.examples;
  return others.length === 0 && first !== undefined && first.weight > 0 && !('text' in first);
}

/** The lowest score that a hit of the index may have; undefined if there is none. */
export function leastScoreIn(
  { curve }: ScopedIndex,
  { minScore, minConfidence }: { readonly minScore?: number; readonly minConfidence?: number },
): number | undefined {
  if (minConfidence === undefined || curve === undefined) return minScore;
  return Math.max(leastScoreWith(curve, minConfidence), minScore ?? -1);
}
