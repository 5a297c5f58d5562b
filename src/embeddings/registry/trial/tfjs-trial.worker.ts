import { parentPort, workerData } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import { loadBackend } from '../../networks/tfjs/tfjs.backend.ts';
import { loadModel, type TfjsFiles } from '../../networks/tfjs/tfjs.model.ts';
import type { TrialAnswer, TrialPass } from './tfjs-trial.messages.ts';

const port = parentPort;
if (port === null) throw new Error('This file runs in a worker thread only');

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
