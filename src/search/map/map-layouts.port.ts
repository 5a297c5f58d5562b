export interface MapLayout {
  readonly count: number;
  /** The number of neighbours for each point. */
  readonly k: number;
  /** Two coordinates per point, one point after the other. */
  readonly places: Float32Array;
  /** The positions of the nearest others of each point, the nearest first; -1 if fewer were found. */
  readonly neighbours: Int32Array;
  /** Their cosine similarities. */
  readonly similarities: Float32Array;
}

export interface LayoutOptions {
  /** The number of numbers in a vector. */
  readonly dimension: number;
  readonly signal: AbortSignal;
  /** Receives the share that is done once all vectors are there, 0 to 1. */
  readonly onProgress: (share: number) => void;
}

/** Places vectors in two dimensions, so that similar ones are near each other. */
export abstract class MapLayouts {
  /**
   * `sample` are some of the unit vectors and `batches` all of them, each a matrix of rows; both are transferred. The
   * same vectors always give the same places.
   *
   * Rejects with the signal's reason if it is aborted, and as the batches do.
   */
  abstract layOut(
    sample: Float32Array<ArrayBuffer>,
    batches: AsyncIterable<Float32Array<ArrayBuffer>>,
    options: LayoutOptions,
  ): Promise<MapLayout>;
}
