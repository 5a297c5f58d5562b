import { confidenceOf, type CalibrationCurve } from './calibration-curve.ts';
import { reliabilityOf, type Prediction } from './reliability.ts';

/** A hit of which it is known whether it shares a label with the query. */
export interface ScoredPair {
  /** Cosine similarity, -1 to 1. */
  readonly score: number;
  readonly sharesLabel: boolean;
}

/** What the scores of an index mean. */
export interface Calibration {
  readonly curve: CalibrationCurve;
  /** The number of queries and of their hits that it was fitted on. */
  readonly queries: number;
  readonly pairs: number;
  /** `Reliability.expectedCalibrationError` on queries that were left out of the fit, in five turns. */
  readonly expectedCalibrationError: number;
}

const FOLDS = 5;
/** Fewer queries than this say too little. */
export const LEAST_QUERIES = 50;
/** Fewer pairs of either kind say too little. */
const LEAST_OF_A_KIND = 50;

/**
 * Fits the confidence of scores on the hits of queries, one list for each query. Of an isotonic curve and a sigmoid
 * it takes the one with the lower mean squared error (Brier score) on queries that were left out of the fit. Queries
 * are left out with all of their hits, because those resemble each other.
 *
 * Undefined if there are too few queries or pairs, or if the scores say nothing about labels.
 */
export function calibrate(queries: readonly (readonly ScoredPair[])[]): Calibration | undefined {
  const asked = queries.filter((pairs) => pairs.length > 0);
  const all = asked.flat();
  const shared = all.filter(({ sharesLabel }) => sharesLabel).length;
  if (asked.length < LEAST_QUERIES || Math.min(shared, all.length - shared) < LEAST_OF_A_KIND)
    return undefined;
  let best: { readonly curve: CalibrationCurve; readonly held: Held } | undefined;
  for (const fit of [fitIsotonic, fitSigmoid]) {
    const held = predictHeldOut(asked, fit);
    const curve = fit(all);
    if (curve === undefined || held === undefined) continue;
    if (best === undefined || held.error < best.held.error) best = { curve, held };
  }
  if (best === undefined) return undefined;
  return {
    curve: best.curve,
    queries: asked.length,
    pairs: all.length,
    expectedCalibrationError: reliabilityOf(best.held.predictions).expectedCalibrationError,
  };
}

/** Undefined if the pairs do not allow such a curve. */
type Fit = (pairs: readonly ScoredPair[]) => CalibrationCurve | undefined;

interface Held {
  readonly predictions: readonly Prediction[];
  /** The mean squared difference between confidences and what is true. */
  readonly error: number;
}

function predictHeldOut(queries: readonly (readonly ScoredPair[])[], fit: Fit): Held | undefined {
  const predictions: Prediction[] = [];
  let squares = 0;
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const curve = fit(queries.filter((_pairs, at) => at % FOLDS !== fold).flat());
    if (curve === undefined) return undefined;
    for (const { score, sharesLabel } of queries.filter((_pairs, at) => at % FOLDS === fold).flat()) {
      const confidence = confidenceOf(curve, score);
      squares += (confidence - Number(sharesLabel)) ** 2;
      predictions.push({ confidence, sharesLabel });
    }
  }
  return { predictions, error: squares / predictions.length };
}

/** A bin has at least so many pairs, and there are at most so many bins. */
const LEAST_IN_BIN = 30;
const MOST_BINS = 48;

/**
 * The curve that never decreases with the least squared error: neighbouring bins in the wrong order are pooled until
 * there are none (M. Ayer et al., "An Empirical Distribution Function for Sampling with Incomplete Information",
 * 1955; for classifiers B. Zadrozny and C. Elkan, 2002). The pairs are put into bins of the same size first, whose
 * shares are estimated with one further pair of half a label (Krichevsky and Trofimov), so that no confidence is 0 or 1.
 */
export const fitIsotonic: Fit = (pairs) => {
  interface Block {
    readonly firstScore: number;
    readonly lastScore: number;
    readonly count: number;
    readonly shared: number;
  }
  const sorted = pairs.toSorted((a, b) => a.score - b.score);
  const bins = Math.max(1, Math.min(MOST_BINS, Math.floor(sorted.length / LEAST_IN_BIN)));
  const shareOf = ({ shared, count }: Block) => shared / count;
  const blocks: Block[] = [];
  for (let bin = 0; bin < bins; bin += 1) {
    const some = sorted.slice(
      Math.floor((bin * sorted.length) / bins),
      Math.floor(((bin + 1) * sorted.length) / bins),
    );
    const score = some.reduce((sum, pair) => sum + pair.score, 0) / some.length;
    const shared = some.filter(({ sharesLabel }) => sharesLabel).length;
    let block: Block = { firstScore: score, lastScore: score, count: some.length + 1, shared: shared + 0.5 };
    for (
      let last = blocks.at(-1);
      last !== undefined && shareOf(last) >= shareOf(block);
      last = blocks.at(-1)
    ) {
      blocks.pop();
      block = {
        firstScore: last.firstScore,
        lastScore: block.lastScore,
        count: last.count + block.count,
        shared: last.shared + block.shared,
      };
    }
    blocks.push(block);
  }
  const [scores, confidences]: [number[], number[]] = [[], []];
  for (const block of blocks) {
    for (const score of new Set([block.firstScore, block.lastScore])) {
      // Equal scores may fill several bins.
      if (score <= (scores.at(-1) ?? Number.NEGATIVE_INFINITY)) continue;
      scores.push(score);
      confidences.push(shareOf(block));
    }
  }
  return { method: 'isotonic', scores, confidences };
};

const MOST_STEPS = 50;
const SETTLED = 1e-9;

/**
 * A sigmoid by maximum likelihood, with Newton's method and J. Platt's smoothed targets ("Probabilistic Outputs for
 * Support Vector Machines", 1999; H.-T. Lin, C.-J. Lin and R. Weng, "A Note on Platt's Probabilistic Outputs", 2007).
 * Undefined if confidences would fall with the score, or if it does not converge.
 */
export const fitSigmoid: Fit = (pairs) => {
  const shared = pairs.filter(({ sharesLabel }) => sharesLabel).length;
  const other = pairs.length - shared;
  const [high, low] = [(shared + 1) / (shared + 2), 1 / (other + 2)];
  let [slope, offset] = [0, Math.log((shared + 1) / (other + 1))];
  for (let step = 0; step < MOST_STEPS; step += 1) {
    let [bySlope, byOffset] = [0, 0];
    // A little added to the diagonal keeps the matrix invertible, as in the note.
    let [ss, so, oo] = [1e-12, 0, 1e-12];
    for (const { score, sharesLabel } of pairs) {
      const confidence = 1 / (1 + Math.exp(-(slope * score + offset)));
      const difference = (sharesLabel ? high : low) - confidence;
      const weight = confidence * (1 - confidence);
      bySlope += difference * score;
      byOffset += difference;
      ss += weight * score * score;
      so += weight * score;
      oo += weight;
    }
    const determinant = ss * oo - so * so;
    const [slopeStep, offsetStep] = [
      (oo * bySlope - so * byOffset) / determinant,
      (ss * byOffset - so * bySlope) / determinant,
    ];
    if (!Number.isFinite(slopeStep) || !Number.isFinite(offsetStep)) return undefined;
    slope += slopeStep;
    offset += offsetStep;
    if (Math.abs(slopeStep) + Math.abs(offsetStep) < SETTLED * (1 + Math.abs(slope))) {
      return slope < 0 ? undefined : { method: 'platt', slope, offset };
    }
  }
  return undefined;
};
