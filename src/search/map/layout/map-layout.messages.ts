import type { ThreadStop } from '../../vector-index/embedded/thread-stop.ts';
import type { MapLayout } from '../map-layouts.port.ts';

/** What the thread is started with. */
export interface MapWorkerData {
  /** The `cells` of the `ThreadStop`. */
  readonly stop: ThreadStop['cells'];
}

/** The messages to the thread that lays out a map, which acknowledges each of them but the last. */
export type ToMapWorker =
  /** Some of the vectors, from which it learns how to shorten all of them. */
  | { readonly sample: Float32Array; readonly dimension: number }
  /** Vectors of the map, in order. */
  | { readonly vectors: Float32Array }
  | { readonly finish: true }
  /** Ends the thread. Gets no answer. */
  | { readonly stop: true };

export type FromMapWorker =
  { readonly taken: true } | { readonly share: number } | { readonly layout: MapLayout };
