import { describe, expect, it } from '@jest/globals';
import { MAX_CANDIDATES, searchEffort } from './search-effort.ts';

const RECALLS = [0.5, 0.9, 0.95, 0.98, 0.99, 0.999, 1];
const KS = [1, 2, 11, 101, 1_001, 2_002, 10_000];

describe('searchEffort', () => {
  it('considers at least as many candidates as are wanted or rescored, and no more than the engines allow', () => {
    for (const recall of RECALLS) {
      for (const k of KS) {
        const { candidates, oversample } = searchEffort(recall, k);
        expect(Number.isInteger(candidates)).toBe(true);
        expect(candidates).toBeGreaterThanOrEqual(Math.min(k * oversample, MAX_CANDIDATES));
        expect(candidates).toBeLessThanOrEqual(MAX_CANDIDATES);
        expect(oversample).toBeGreaterThanOrEqual(1);
      }
    }
  });

  it('increases with the desired recall and with k', () => {
    for (const k of KS) {
      const efforts = RECALLS.map((recall) => searchEffort(recall, k).candidates);
      expect(efforts).toEqual(efforts.toSorted((a, b) => a - b));
    }
    for (const recall of RECALLS) {
      const efforts = KS.map((k) => searchEffort(recall, k).candidates);
      expect(efforts).toEqual(efforts.toSorted((a, b) => a - b));
    }
    expect(searchEffort(0.999, 10).candidates).toBeGreaterThan(searchEffort(0.9, 10).candidates);
  });
});
