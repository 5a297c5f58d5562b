import type { MapLayout } from '../map-layouts.port.ts';

/** The messages to the thread that lays out a map, which acknowledges each of them but the last. */
export type ToMapWorker =
  /** Some of the vectors, from which it learns how to shorten all of them. */
  | { readonly sample: Float32Array; readonly dimension: number }
  /** Vectors of the map, in order. */
  | { readonly vectors: Float32Array }
  | { readonly finish: true };

export type FromMapWorker =
  { readonly taken: true } | { readonly share: number } | { readonly layout: MapLayout };
