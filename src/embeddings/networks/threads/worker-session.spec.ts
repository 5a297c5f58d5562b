import { describe, expect, it } from '@jest/globals';
import { WorkerSession } from './worker-session.ts';

const worker = new URL('../../../../test/fixtures/mortal.worker.ts', import.meta.url);
const parts = { worker, workerData: {}, sharesEnvironment: false, modelFile: 'mortal.onnx' };
const of = (first: number) => new Uint8Array(8 * 8 * 3).fill(first);
const unavailable = { code: 'EMBEDDING_UNAVAILABLE' };

describe('a session in a thread', () => {
  it('answers what it was sent before it is closed', async () => {
    const session = new WorkerSession(parts, () => undefined);
    await session.ready;
    const answers = [1, 2].map((first) => session.runBatch(of(first), 1));
    await session.close();
    expect(await Promise.all(answers)).toEqual([Float32Array.of(1), Float32Array.of(2)]);
  });

  it('refuses what it is sent after its thread has ended, and can be closed', async () => {
    let ends = 0;
    const session = new WorkerSession(parts, () => (ends += 1));
    await session.ready;
    await expect(session.runBatch(of(13), 1)).rejects.toMatchObject(unavailable);
    await expect(session.runBatch(of(1), 1)).rejects.toMatchObject(unavailable);
    await session.close();
    await session.close();
    expect(ends).toBe(1);
  });
});
