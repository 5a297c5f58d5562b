import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../common/index.ts';
import { calibrate, fitIsotonic, fitSigmoid, type ScoredPair } from './calibrate.ts';
import { confidenceOf, leastScoreWith, type CalibrationCurve } from './calibration-curve.ts';
import { reliabilityOf } from './reliability.ts';

/** Queries with ten hits each, which share a label as often as `truth` says of their scores. */
function searches(count: number, truth: (score: number) => number, seed = 1): ScoredPair[][] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () =>
    Array.from({ length: 10 }, () => {
      const score = 2 * random() - 1;
      return { score, sharesLabel: random() < truth(score) };
    }),
  );
}

const sigmoid = (score: number) => 1 / (1 + Math.exp(-(6 * score - 1)));
const steps = (score: number) => (score < -0.2 ? 0.1 : score < 0.5 ? 0.35 : 0.95);

describe('a calibration', () => {
  it('is a sigmoid where that is closer to what was left out, and finds its shape', () => {
    const { curve, queries, pairs, expectedCalibrationError } = calibrate(searches(800, sigmoid))!;
    expect(curve.method).toBe('platt');
    expect([queries, pairs]).toEqual([800, 8_000]);
    expect(expectedCalibrationError).toBeLessThan(0.02);
    for (const score of [-0.5, 0, 0.2, 0.5, 0.9]) {
      expect(Math.abs(confidenceOf(curve, score) - sigmoid(score))).toBeLessThan(0.03);
    }
  });

  it('is isotonic where the truth is not a sigmoid', () => {
    const { curve, expectedCalibrationError } = calibrate(searches(800, steps))!;
    expect(curve.method).toBe('isotonic');
    expect(expectedCalibrationError).toBeLessThan(0.02);
    for (const score of [-0.9, -0.4, 0, 0.3, 0.7, 1]) {
      expect(Math.abs(confidenceOf(curve, score) - steps(score))).toBeLessThan(0.05);
    }
  });

  it('holds for queries that it has not seen', () => {
    const { curve } = calibrate(searches(500, steps, 1))!;
    const others = searches(500, steps, 2).flat();
    const predictions = others.map((pair) => ({ ...pair, confidence: confidenceOf(curve, pair.score) }));
    expect(reliabilityOf(predictions).expectedCalibrationError).toBeLessThan(0.02);
  });

  it('needs enough queries, and hits of both kinds', () => {
    expect(calibrate(searches(49, sigmoid))).toBeUndefined();
    expect(calibrate(searches(200, () => 1))).toBeUndefined();
    expect(calibrate(searches(200, () => 0))).toBeUndefined();
    expect(calibrate([...searches(49, sigmoid), [], []])).toBeUndefined();
    expect(calibrate([])).toBeUndefined();
  });

  it('is almost constant where scores say nothing', () => {
    const { curve } = calibrate(searches(500, () => 0.3))!;
    for (const score of [-1, 0, 1]) expect(Math.abs(confidenceOf(curve, score) - 0.3)).toBeLessThan(0.1);
  });

  it('is the same for the same pairs, and in JSON', () => {
    const calibration = calibrate(searches(200, steps));
    expect(calibrate(searches(200, steps))).toEqual(calibration);
    expect(JSON.parse(JSON.stringify(calibration))).toEqual(calibration);
  });
});

describe('an isotonic curve', () => {
  it('never falls, even if shares do, and is never certain', () => {
    const pairs = searches(300, (score) => 0.5 + 0.4 * Math.sin(8 * score)).flat();
    const curve = fitIsotonic(pairs)!;
    let last = 0;
    for (let score = -1; score <= 1; score += 0.001) {
      const confidence = confidenceOf(curve, score);
      expect(confidence).toBeGreaterThanOrEqual(last);
      last = confidence;
    }
    expect(confidenceOf(curve, -1)).toBeGreaterThan(0);
    expect(last).toBeLessThan(1);
  });

  it('has one point where all scores are equal', () => {
    const pairs = Array.from({ length: 100 }, (_pair, at) => ({ score: 0.5, sharesLabel: at % 4 === 0 }));
    const curve = fitIsotonic(pairs)!;
    expect(curve).toMatchObject({ scores: [0.5] });
    expect(confidenceOf(curve, -1)).toBe(confidenceOf(curve, 1));
  });
});

describe('a sigmoid', () => {
  it('does not exist where labels are shared the less the higher the score is', () => {
    expect(fitSigmoid(searches(300, (score) => 1 - sigmoid(score)).flat())).toBeUndefined();
  });
});

describe('the lowest score with a confidence', () => {
  const curves: readonly CalibrationCurve[] = [
    { method: 'platt', slope: 7, offset: -2 },
    { method: 'isotonic', scores: [-0.2, 0.1, 0.4, 0.8], confidences: [0.05, 0.3, 0.3, 0.9] },
  ];

  it.each(curves)('divides scores exactly: $method', (curve) => {
    for (const confidence of [0.1, 0.3, 0.55, 0.85]) {
      const least = leastScoreWith(curve, confidence);
      expect(confidenceOf(curve, least)).toBeGreaterThanOrEqual(confidence);
      expect(confidenceOf(curve, least - 1e-9)).toBeLessThan(confidence);
    }
    expect(leastScoreWith(curve, 0)).toBe(-1);
    expect(leastScoreWith(curve, 0.999)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a reliability table', () => {
  it('compares confidences with what was observed', () => {
    const { bins, count, expectedCalibrationError } = reliabilityOf([
      { confidence: 0.12, sharesLabel: false },
      { confidence: 0.18, sharesLabel: true },
      { confidence: 1, sharesLabel: true },
      { confidence: 0.9, sharesLabel: true },
    ]);
    expect(count).toBe(4);
    expect(bins).toHaveLength(10);
    expect(bins[1]).toEqual({ from: 0.1, to: 0.2, count: 2, meanConfidence: 0.15, observedShare: 0.5 });
    expect(bins[9]).toEqual({ from: 0.9, to: 1, count: 2, meanConfidence: 0.95, observedShare: 1 });
    expect(bins[5]).toMatchObject({ count: 0, meanConfidence: 0, observedShare: 0 });
    expect(expectedCalibrationError).toBeCloseTo((0.7 + 0.1) / 4, 10);
  });

  it('is empty without hits', () => {
    expect(reliabilityOf([])).toMatchObject({ count: 0, expectedCalibrationError: 0 });
  });
});
