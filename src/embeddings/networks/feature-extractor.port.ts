import type { ModelManifest } from '../catalogue/model-manifest.ts';
import type { SessionPlan } from './session-plan.ts';

/** A picture as the network sees it: `crop` × `crop` RGB pixels, one byte per channel, row by row. */
export type Pixels = Uint8Array;

/**
 * Turns preprocessed pictures into feature vectors with one network. How the work is spread over
 * threads and batches is up to the adapter.
 *
 * @example
 * class RemoteFeatureExtractor extends FeatureExtractor {
 *   readonly dimension = 1280;
 *   readonly capacity = 16;
 *   private readonly client = new InferenceClient('model-server:8001');
 *
 *   async loadNetwork() {
 *     await this.client.load('efficientnet-lite0');
 *   }
 *   async extractFeatures(pictures: readonly Pixels[]) {
 *     return this.client.infer(pictures);
 *   }
 *   async close() {
 *     await this.client.disconnect();
 *   }
 * }
 */
export abstract class FeatureExtractor {
  /** Length of a feature vector. */
  abstract readonly dimension: number;

  /** How many pictures should be in progress at once to keep the adapter busy: batch size × sessions. */
  abstract readonly capacity: number;

  /**
   * The features of each picture, in order and as the network outputs them (not normalised): a
   * `Float32Array` of `dimension` finite numbers. Loads the network if that has not been done. Calls
   * may overlap.
   *
   * Rejects with `EMBEDDING_INVALID` if the network outputs NaN, infinity or only zeros, with
   * `EMBEDDING_UNAVAILABLE` if it stops working, and as `loadNetwork` does.
   */
  abstract extractFeatures(pictures: readonly Pixels[]): Promise<Float32Array[]>;

  /** Loads the network, once. Rejects with `MODEL_FILE_MISSING`, `MODEL_FILE_DAMAGED` or `MODEL_INVALID`. */
  abstract loadNetwork(): Promise<void>;

  /** Frees the network. May be called more than once, and before `loadNetwork`. */
  abstract close(): Promise<void>;
}

/** Creates the feature extractor that suits a network's file format. */
export abstract class FeatureExtractors {
  /** `modelsDir`: the folder to which the manifest's `file` is relative. */
  abstract makeExtractor(
    manifest: ModelManifest,
    modelsDir: string,
    plan: SessionPlan,
  ): Promise<FeatureExtractor>;
}
