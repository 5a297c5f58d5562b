/** A picture ready for the network: `crop` × `crop` RGB pixels, one byte a channel, row by row. */
export type Pixels = Uint8Array;

/**
 * Turns preprocessed pictures into feature vectors with one network. Made for a manifest by the
 * module's factory; the choice of runtime, threads and batches is the adapter's own business.
 */
export abstract class FeatureExtractor {
  /** Numbers in a feature vector. */
  abstract readonly dimension: number;

  /** How many pictures to have under way at once (batch size × sessions) to keep the adapter busy. */
  abstract readonly capacity: number;

  /**
   * Features of each picture, in order, as the network gives them (not normalised), each a
   * `Float32Array` of `dimension` finite numbers. Calls may overlap.
   *
   * Rejects with `EMBEDDING_INVALID` where the network answers NaN, infinity or only zeros.
   */
  abstract extract(pictures: readonly Pixels[]): Promise<Float32Array[]>;

  /** Loads the network; rejects with `MODEL_FILE_MISSING`, `MODEL_FILE_DAMAGED` or `MODEL_INVALID`. */
  abstract open(): Promise<void>;

  abstract close(): Promise<void>;
}
