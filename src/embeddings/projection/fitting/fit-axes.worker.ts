import { parentPort, workerData } from 'node:worker_threads';
import { Moments } from './moments.ts';
import { principalAxes } from './principal-axes.ts';
import type { FitSettings, FromFitWorker, ToFitWorker } from './fit-axes.messages.ts';

const { dimension, count } = workerData as FitSettings;
const port = parentPort;
if (port === null) throw new Error('This file only runs in a worker thread');

const moments = new Moments(dimension);
const send = (message: FromFitWorker, transfer: ArrayBuffer[] = []) => {
  port.postMessage(message, transfer);
};

port.on('message', (message: ToFitWorker) => {
  switch (message.kind) {
    case 'add':
      moments.add(message.vectors);
      send({ kind: 'added' });
      break;
    case 'give': {
      const { vectors } = moments;
      const sums = moments.sums as Float64Array<ArrayBuffer>;
      const products = moments.products as Float64Array<ArrayBuffer>;
      send({ kind: 'moments', vectors, sums, products }, [sums.buffer, products.buffer]);
      break;
    }
    case 'merge':
      moments.merge(message.vectors, message.sums, message.products);
      send({ kind: 'added' });
      break;
    case 'fit':
      send({ kind: 'fitted', fitted: principalAxes(moments, count) });
      break;
  }
});
