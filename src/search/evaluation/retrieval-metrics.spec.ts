import { describe, expect, it } from '@jest/globals';
import { averagePrecisionAtK, meanWithInterval, precisionAtK, quantile } from './retrieval-metrics.ts';

describe('precisionAtK', () => {
  it('is the share of relevant hits among the first k', () => {
    expect(precisionAtK([true, false, true, true], 2)).toBe(0.5);
    expect(precisionAtK([true, false, true, true], 4)).toBe(0.75);
  });

  it('counts missing hits as irrelevant', () => {
    expect(precisionAtK([true], 10)).toBe(0.1);
    expect(precisionAtK([], 1)).toBe(0);
  });
});

describe('averagePrecisionAtK', () => {
  it('is the mean of the precisions at the relevant ranks', () => {
    // Relevant at ranks 1 and 3: (1/1 + 2/3) / 2.
    expect(averagePrecisionAtK([true, false, true], 3)).toBeCloseTo((1 + 2 / 3) / 2, 12);
  });

  it('is 1 if all relevant hits come first, however few, and 0 if none is relevant', () => {
    expect(averagePrecisionAtK([true, false, false], 3)).toBe(1);
    expect(averagePrecisionAtK([false, false], 2)).toBe(0);
    expect(averagePrecisionAtK([], 10)).toBe(0);
  });

  it('ignores hits after rank k', () => {
    expect(averagePrecisionAtK([false, true], 1)).toBe(0);
  });
});

describe('meanWithInterval', () => {
  it('gives an interval that contains the mean and shrinks with the number of values', () => {
    const few = meanWithInterval(Array.from({ length: 20 }, (_, n) => n % 2));
    const many = meanWithInterval(Array.from({ length: 2_000 }, (_, n) => n % 2));
    for (const { value, low, high } of [few, many]) {
      expect(value).toBe(0.5);
      expect(low).toBeLessThan(0.5);
      expect(high).toBeGreaterThan(0.5);
    }
    expect(many.high - many.low).toBeLessThan((few.high - few.low) / 5);
    // The normal approximation for 2,000 coin flips: ± 1.96 · √(.25 / 2000).
    expect(many.high - many.low).toBeCloseTo(2 * 1.96 * Math.sqrt(0.25 / 2_000), 2);
  });

  it('gives the same interval for the same values', () => {
    const values = [0.1, 0.5, 0.9, 0.4];
    expect(meanWithInterval(values)).toEqual(meanWithInterval(values));
  });

  it('is a single point if all values are equal', () => {
    expect(meanWithInterval([0.25, 0.25, 0.25])).toEqual({ value: 0.25, low: 0.25, high: 0.25 });
  });
});

describe('quantile', () => {
  it('interpolates between the values', () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([1, 2, 3, 4], 0)).toBe(1);
    expect(quantile([1, 2, 3, 4], 1)).toBe(4);
    expect(quantile([7], 0.99)).toBe(7);
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });
});
