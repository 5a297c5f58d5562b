import type { PreprocessingSpec } from '../model-manifest.ts';

export interface WorkerSettings {
  /** The model file's bytes, already checked. */
  readonly model: Uint8Array;
  readonly input: string;
  readonly output: string;
  readonly dimension: number;
  readonly preprocessing: PreprocessingSpec;
  readonly threads: number;
}

/** One batch: `count` pictures' pixels, one after the other. */
export interface ToWorker {
  readonly pixels: Uint8Array;
  readonly count: number;
}

export type FromWorker =
  /** Once, after the model is loaded. */
  | { readonly kind: 'ready'; readonly largestBatch: number }
  /** Instead: the model does not fit its manifest. */
  | { readonly kind: 'refused'; readonly problem: string }
  /** Once a batch, in their order: `count` × `dimension` numbers. */
  | { readonly kind: 'done'; readonly embeddings: Float32Array }
  | { readonly kind: 'failed'; readonly problem: string };
