import { parentPort, workerData } from 'node:worker_threads';
import { findAxes, Shortening } from '../../vector-index/embedded/build/shortening.ts';
import { ThreadStop } from '../../vector-index/embedded/thread-stop.ts';
import { firstPlaces } from './first-places.ts';
import { fuzzyGraph } from './fuzzy-graph.ts';
import type { MapLayout } from '../map-layouts.port.ts';
import type { FromMapWorker, MapWorkerData, ToMapWorker } from './map-layout.messages.ts';
import { nearestNeighbours } from './nearest-neighbours.ts';
import { placePoints } from './place-points.ts';

// Only erasable TypeScript: worker threads run this file from source.

const NEIGHBOURS = 15;
/** The share of the work before the points are placed. */
const NEIGHBOURS_SHARE = 0.5;

const stop = new ThreadStop((workerData as MapWorkerData).stop);
let shortening = new Shortening(1);
let batches: Float32Array[] = [];

function tell(message: FromMapWorker): void {
  parentPort?.postMessage(message);
}

parentPort?.on('message', (message: ToMapWorker) => {
  if ('stop' in message) {
    parentPort?.close();
    return;
  }
  if ('finish' in message) {
    tell({ layout: layOut() });
    return;
  }
  if ('sample' in message) {
    const { sample, dimension } = message;
    shortening = new Shortening(dimension, findAxes(sample, sample.length / dimension, dimension));
  } else {
    batches.push(shortening.apply(message.vectors));
  }
  tell({ taken: true });
});

function layOut(): MapLayout {
  const { dimension } = shortening;
  const vectors = new Float32Array(batches.reduce((sum, { length }) => sum + length, 0));
  let filled = 0;
  for (const batch of batches) {
    vectors.set(batch, filled);
    filled += batch.length;
  }
  batches = [];
  const count = vectors.length / dimension;
  const k = Math.max(1, Math.min(NEIGHBOURS, count - 1));
  const neighbours = nearestNeighbours(vectors, dimension, k, (share) => {
    stop.check();
    tell({ share: share * NEIGHBOURS_SHARE });
  });
  const places = stop.interruptible(() => {
    const points = firstPlaces(vectors, dimension);
    placePoints(points, fuzzyGraph(neighbours), (share) =>
      tell({ share: NEIGHBOURS_SHARE + share * (1 - NEIGHBOURS_SHARE) }),
    );
    return points;
  });
  return {
    count,
    k,
    places,
    neighbours: neighbours.positions,
    similarities: neighbours.similarities,
  };
}
