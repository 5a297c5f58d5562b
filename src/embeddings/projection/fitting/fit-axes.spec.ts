import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../../common/seeded-random.ts';
import { fitAxes } from './fit-axes.ts';

const [BATCH, DIMENSION] = [256, 12];

describe('fitAxes', () => {
  let [threads, answers] = [0, 0];
  const note = (worker: Worker) => {
    threads += 1;
    worker.on('message', () => (answers += 1));
  };

  beforeEach(() => {
    [threads, answers] = [0, 0];
    process.on('worker', note);
  });
  afterEach(() => void process.off('worker', note));

  const random = seededRandom(3);
  const vectors = Array.from({ length: 4 * BATCH }, () =>
    Float32Array.from({ length: DIMENSION }, () => (random() - 0.5) / DIMENSION),
  );
  const fit = (of: AsyncIterable<Float32Array> | Iterable<Float32Array>) =>
    fitAxes(of, { dimension: DIMENSION, count: 4, threads: 2 });
  async function* slowly() {
    for (const [at, vector] of vectors.entries()) {
      yield vector;
      while (answers < Math.floor((at + 1) / BATCH)) await setImmediate();
    }
  }

  it('uses another thread only if vectors come faster than one adds them', async () => {
    const slow = await fit(slowly());
    expect(threads).toBe(1);
    expect(await fit(vectors)).toEqual(slow);
    expect(threads).toBe(3);
  });
});
