import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { workerUrl } from '../../../common/index.ts';
import { ThreadStop } from '../../vector-index/embedded/thread-stop.ts';
import { MapLayouts, type LayoutOptions, type MapLayout } from '../map-layouts.port.ts';
import type { FromMapWorker, MapWorkerData, ToMapWorker } from './map-layout.messages.ts';

/** UMAP, in a worker thread. */
export class UmapLayouts extends MapLayouts {
  override layOut(
    sample: Float32Array<ArrayBuffer>,
    batches: AsyncIterable<Float32Array<ArrayBuffer>>,
    options: LayoutOptions,
  ): Promise<MapLayout> {
    return layOutMap(sample, batches, options);
  }
}

async function layOutMap(
  sample: Float32Array<ArrayBuffer>,
  batches: AsyncIterable<Float32Array<ArrayBuffer>>,
  { dimension, signal, onProgress }: LayoutOptions,
): Promise<MapLayout> {
  signal.throwIfAborted();
  const stop = new ThreadStop();
  const data: MapWorkerData = { stop: stop.cells };
  const worker = new Worker(workerUrl(import.meta.url, './map-layout.worker'), { workerData: data });
  const exit = once(worker, 'exit').catch(() => undefined);
  const ended = new Promise<never>((_resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('The thread that lays out a map ended early')));
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  ended.catch(() => undefined);
  const ask = async (message: ToMapWorker, transfer: readonly ArrayBuffer[]): Promise<FromMapWorker> => {
    let listen: ((message: FromMapWorker) => void) | undefined;
    const answer = new Promise<FromMapWorker>((resolve) => {
      listen = (received) => {
        if ('share' in received) onProgress(received.share);
        else resolve(received);
      };
      worker.on('message', listen);
    });
    worker.postMessage(message, [...transfer]);
    try {
      return await Promise.race([answer, ended]);
    } finally {
      if (listen !== undefined) worker.off('message', listen);
    }
  };
  try {
    await ask({ sample, dimension }, [sample.buffer]);
    for await (const vectors of batches) await ask({ vectors }, [vectors.buffer]);
    const answer = await ask({ finish: true }, []);
    if (!('layout' in answer)) throw new Error('The thread that lays out a map gave no answer');
    return answer.layout;
  } finally {
    if (stop.request()) await worker.terminate();
    else {
      worker.postMessage({ stop: true } satisfies ToMapWorker);
      await exit;
    }
  }
}
