import { beforeEach, describe, expect, it } from '@jest/globals';
import type { WalkGraph } from '../walk/walk-graph.ts';
import { effortNeeded } from './calibration.ts';
import type { Shortening } from './shortening.ts';

const ids = Array.from({ length: 10 }, (_, id) => id);
const entries = [Float32Array.of(1, 0), Float32Array.of(0, 1)];
const strangers = [Float32Array.of(1, 1)];
const shortening = { axes: undefined, apply: (vector: Float32Array) => vector } as Shortening;

describe('effortNeeded', () => {
  let tried: number[];
  beforeEach(() => {
    tried = [];
  });

  /** For a graph that finds all neighbours with so many candidates, and none with fewer. */
  const effort = (needed: number) => {
    const graph = {
      present: 20_000,
      keys: Float64Array.from(ids),
      ask: () => undefined,
      rowOf: (hit: number) => hit,
      walk: (candidates: number) => {
        tried.push(candidates);
        return candidates >= needed ? ids.length : 0;
      },
    };
    const truth = (queries: readonly Float32Array[]) => queries.map(() => ids);
    return effortNeeded(graph as unknown as WalkGraph, shortening, truth, { entries, strangers });
  };

  it.each([129, 150, 200, 300, 700, 1_500, 4_000])(
    'finds the first number that suffices, up to a sixteenth more than %i',
    (needed) => {
      const { candidates, candidatesOfEntries } = effort(needed);
      expect(candidates).toBeGreaterThanOrEqual(needed);
      expect(candidates).toBeLessThanOrEqual(Math.ceil((needed * 17) / 16));
      expect(candidatesOfEntries).toBeGreaterThanOrEqual(needed);
      expect(candidatesOfEntries).toBeLessThanOrEqual(candidates!);
    },
  );

  it('tries no more candidates than a graph needs in which neighbours are found at once', () => {
    expect(effort(1)).toEqual({ candidates: 128, candidatesOfEntries: 48 });
    expect(Math.max(...tried)).toBe(128);
  });

  it('gives up on a graph in which they are not found', () => {
    expect(effort(5_000)).toEqual({ candidates: null, candidatesOfEntries: null });
  });
});
