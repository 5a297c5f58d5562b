/** What was said of a hit, and what is true. */
export interface Prediction {
  /** From 0 to 1. */
  readonly confidence: number;
  readonly sharesLabel: boolean;
}

/** The hits whose confidence is in one range. */
export interface ReliabilityBin {
  /** The range: from `from`, and below `to` except in the last bin. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** 0 if there are none. */
  readonly meanConfidence: number;
  /** The share that does share a label; 0 if there are none. */
  readonly observedShare: number;
}

/** How far confidences can be taken at their word. */
export interface Reliability {
  /** Ten ranges of the same width, from 0 to 1. */
  readonly bins: readonly ReliabilityBin[];
  /** The number of hits in all of them. */
  readonly count: number;
  /**
   * The mean difference between confidence and observed share over the bins, weighted by their counts (M. Pakdaman
   * Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian Binning", 2015); 0 if there are no hits.
   */
  readonly expectedCalibrationError: number;
}

const BINS = 10;

export function reliabilityOf(predictions: Iterable<Prediction>): Reliability {
  const sums = Array.from({ length: BINS }, () => ({ count: 0, confidence: 0, shared: 0 }));
  let count = 0;
  for (const { confidence, sharesLabel } of predictions) {
    const bin = sums[Math.min(Math.floor(confidence * BINS), BINS - 1)]!;
    bin.count += 1;
    bin.confidence += confidence;
    if (sharesLabel) bin.shared += 1;
    count += 1;
  }
  const apart = sums.reduce((sum, bin) => sum + Math.abs(bin.confidence - bin.shared), 0);
  return {
    bins: sums.map((bin, at) => ({
      from: at / BINS,
      to: (at + 1) / BINS,
      count: bin.count,
      meanConfidence: bin.confidence / Math.max(bin.count, 1),
      observedShare: bin.shared / Math.max(bin.count, 1),
    })),
    count,
    expectedCalibrationError: apart / Math.max(count, 1),
  };
}
