/** One batch: the pixels of `count` pictures, one after the other. */
export interface ToWorker {
  readonly pixels: Uint8Array;
  readonly count: number;
}

/** Which of several backends a runtime computes on. */
export interface BackendInUse {
  readonly name: string;
  /** For people, with versions. */
  readonly description: string;
  /** Why a preferable backend cannot be used. */
  readonly problem?: string;
}

export type FromWorker =
  /** Sent once, when the model is loaded. */
  | {
      readonly kind: 'ready';
      readonly largestBatch: number;
      /** Of the output for one picture. */
      readonly outputShape: readonly number[];
      readonly backend?: BackendInUse;
    }
  /** Sent instead if the model does not match its manifest. */
  | { readonly kind: 'refused'; readonly problem: string }
  /**
   * Sent for each batch, in order: `count` × `dimension` numbers. `tensors` counts those alive in the
   * thread afterwards, if the runtime counts them; the number only grows if some leak.
   */
  | { readonly kind: 'done'; readonly embeddings: Float32Array; readonly tensors?: number }
  | { readonly kind: 'failed'; readonly problem: string };
