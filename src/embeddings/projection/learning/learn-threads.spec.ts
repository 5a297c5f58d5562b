import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { labelledVectors } from '../../../../test/fixtures/labelled-vectors.ts';
import { fitAxes } from '../fitting/fit-axes.ts';
import { LearnThreads } from './learn-threads.ts';

describe('LearnThreads', () => {
  let threads = 0;
  const note = (_worker: Worker) => (threads += 1);

  beforeEach(() => void process.on('worker', note));
  afterEach(() => void process.off('worker', note));

  it('projects a small sample in one thread, and a large one in several, to the same coordinates', async () => {
    const all = labelledVectors({ count: 2_000, dimension: 12, kinds: [4], between: 0.3, seed: 7 });
    const fitted = await fitAxes(
      all.map(({ vector }) => vector),
      { dimension: 12, count: 4 },
    );
    const sampleOf = async (count: number) => {
      threads = 0;
      const several = new LearnThreads(fitted, 3);
      const { items } = await several.takeSample(all.slice(0, count), {});
      const projected = await several.first.holdOut({ fold: 0, stretch: null, fromFew: false });
      await several.close();
      const rows = items.map(({ sha256 }, row) => [sha256, [...projected.subarray(4 * row, 4 * (row + 1))]]);
      return Object.fromEntries(rows) as Record<string, number[]>;
    };
    const small = await sampleOf(700);
    expect(threads).toBe(1);
    expect(await sampleOf(2_000)).toMatchObject(small);
    expect(threads).toBeGreaterThan(1);
  });
});
