import { parentPort, workerData } from 'node:worker_threads';
import { memory } from '@tensorflow/tfjs-core';
import { tensorFiller } from '../../preprocessing/input-tensor.ts';
import type { FromWorker, ToWorker } from '../threads/worker.messages.ts';
import { loadBackend, type LoadedBackend } from './tfjs.backend.ts';
import { openNetwork, type TfjsNetwork, type TfjsSettings } from './tfjs.network.ts';

// `predict` of TensorFlow.js blocks its thread, so each copy of the network has a thread of its own.

const settings = workerData as TfjsSettings;
const port = parentPort;
if (port === null) throw new Error('This file only runs in a worker thread');

const send = (message: FromWorker, transfer: ArrayBuffer[] = []) => {
  port.postMessage(message, transfer);
};
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function openInThread(): Promise<{ network: TfjsNetwork; loaded: LoadedBackend } | string> {
  try {
    const loaded = await loadBackend(settings.backend, settings.threads);
    return { network: await openNetwork(settings), loaded };
  } catch (error) {
    return messageOf(error);
  }
}

const opened = await openInThread();
if (typeof opened === 'string') send({ kind: 'refused', problem: opened });
else {
  const { network, loaded } = opened;
  const { crop } = settings.preprocessing;
  const fill = tensorFiller(settings.preprocessing);
  const numbers = 3 * crop * crop;

  port.on('message', ({ pixels, count }: ToWorker) => {
    try {
      // A new array each time, as a backend may still read it after the pass.
      const input = new Float32Array(count * numbers);
      fill(pixels, input);
      const embeddings = new Float32Array(network.forward(input, count));
      send({ kind: 'done', embeddings, tensors: memory().numTensors }, [embeddings.buffer]);
    } catch (error) {
      send({ kind: 'failed', problem: messageOf(error) });
    }
  });
  const { backend, description, problem } = loaded;
  send({
    kind: 'ready',
    largestBatch: network.onlyOne ? 1 : Number.MAX_SAFE_INTEGER,
    outputShape: network.outputShape,
    backend: { name: backend, description, problem },
  });
}
