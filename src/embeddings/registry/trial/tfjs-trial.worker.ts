import { parentPort, workerData } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import { loadBackend } from '../../networks/tfjs/tfjs.backend.ts';
import { loadModel, type TfjsFiles } from '../../networks/tfjs/tfjs.model.ts';

/** One pass, from the input to a node or layer. */
export interface TrialPass {
  readonly data: Float32Array;
  readonly shape: readonly number[];
  readonly output: string;
}

/** Sent once when the model is loaded, without a tensor, and then for each pass. */
export interface TrialAnswer {
  readonly problem?: string;
  readonly tensor?: {
    readonly type: string;
    readonly shape: number[];
    readonly data: Float32Array | undefined;
  };
}

const port = parentPort;
if (port === null) throw new Error('This file only runs in a worker thread');

const answer = async (work: () => Promise<TrialAnswer>) => {
  try {
    port.postMessage(await work());
  } catch (error) {
    port.postMessage({ problem: error instanceof Error ? error.message : String(error) });
  }
};

const loading = loadBackend(undefined, 1).then(() => loadModel(workerData as TfjsFiles));
void answer(async () => {
  await loading;
  return {};
});

port.on('message', ({ data, shape, output }: TrialPass) => {
  void answer(async () => {
    const forward = (await loading).upTo(output);
    return tf.tidy(() => {
      const found = forward(tf.tensor(data, [...shape], 'float32'));
      const numbers = found.dtype === 'float32' ? Float32Array.from(found.dataSync<'float32'>()) : undefined;
      return { tensor: { type: found.dtype, shape: found.shape, data: numbers } };
    });
  });
});
