/** One batch: `count` pictures' pixels, one after the other. */
export interface ToWorker {
  readonly pixels: Uint8Array;
  readonly count: number;
}

export type FromWorker =
  /** Once, after the model is loaded. `about`: what the runtime has to say of itself. */
  | {
      readonly kind: 'ready';
      readonly largestBatch: number;
      readonly about?: Readonly<Record<string, string>>;
    }
  /** Instead: the model does not fit its manifest. */
  | { readonly kind: 'refused'; readonly problem: string }
  /**
   * Once a batch, in their order: `count` × `dimension` numbers. `tensors`: those alive in the thread
   * afterwards, where the runtime counts them; they stay as many as they were unless some leak.
   */
  | { readonly kind: 'done'; readonly embeddings: Float32Array; readonly tensors?: number }
  | { readonly kind: 'failed'; readonly problem: string };
