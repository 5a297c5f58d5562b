/**
 * The probability that a hit shares a label with the query, as a function of its score that never decreases:
 *
 * - `isotonic`: straight lines between points, and constant outside them. Scores ascend strictly.
 * - `platt`: 1 / (1 + exp(-(slope · score + offset))), with a slope of at least 0.
 */
export type CalibrationCurve =
  | {
      readonly method: 'isotonic';
      readonly scores: readonly number[];
      readonly confidences: readonly number[];
    }
  | { readonly method: 'platt'; readonly slope: number; readonly offset: number };

/** From 0 to 1, for a cosine similarity from -1 to 1. */
export function confidenceOf(curve: CalibrationCurve, score: number): number {
  if (curve.method === 'platt') return 1 / (1 + Math.exp(-(curve.slope * score + curve.offset)));
  const { scores, confidences } = curve;
  let [below, above] = [0, scores.length - 1];
  if (score <= scores[below]!) return confidences[below]!;
  if (score >= scores[above]!) return confidences[above]!;
  while (above - below > 1) {
    const middle = (below + above) >> 1;
    if (scores[middle]! <= score) below = middle;
    else above = middle;
  }
  const [low, high] = [confidences[below]!, confidences[above]!];
  const share = (score - scores[below]!) / (scores[above]! - scores[below]!);
  return Math.min(low + (high - low) * share, high);
}

/** Halving the range from -1 to 1 so often reaches neighbouring numbers of double precision. */
const HALVINGS = 60;

/** The lowest score with at least this confidence; infinite if no score has it. */
export function leastScoreWith(curve: CalibrationCurve, confidence: number): number {
  const isEnough = (score: number) => confidenceOf(curve, score) >= confidence;
  if (isEnough(-1)) return -1;
  if (!isEnough(1)) return Number.POSITIVE_INFINITY;
  let [tooLow, enough] = [-1, 1];
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (tooLow + enough) / 2;
    if (isEnough(middle)) enough = middle;
    else tooLow = middle;
  }
  return enough;
}
