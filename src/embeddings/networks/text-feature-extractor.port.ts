import type { TextFiles } from '../catalogue/model-files.ts';
import type { TextTower } from '../catalogue/model-manifest.ts';

/**
 * Turns texts into feature vectors that can be compared with those of pictures under the same network.
 *
 * @example
 * class RemoteTextFeatureExtractor extends TextFeatureExtractor {
 *   readonly dimension = 512;
 *   private readonly client = new InferenceClient('model-server:8001');
 *
 *   async loadNetwork() {
 *     await this.client.load('clip-text');
 *   }
 *   async extractFeatures(texts: readonly string[]) {
 *     return this.client.infer(texts);
 *   }
 *   async close() {
 *     await this.client.disconnect();
 *   }
 * }
 */
export abstract class TextFeatureExtractor {
  /** Length of a feature vector, the same as for pictures. */
  abstract readonly dimension: number;

  /**
   * The features of each text, in order and as the network outputs them (not normalised): a `Float32Array` of
   * `dimension` finite numbers. A text that has more tokens than the network takes is cut off at its end, as in
   * training. Loads the network if that has not been done. Calls may overlap.
   *
   * Rejects with `EMBEDDING_INVALID` if the network outputs NaN, infinity or only zeros, with
   * `EMBEDDING_UNAVAILABLE` if it stops working, and as `loadNetwork` does.
   */
  abstract extractFeatures(texts: readonly string[]): Promise<Float32Array[]>;

  /** Loads network and tokenizer, once. Rejects with `MODEL_FILE_MISSING`, `MODEL_FILE_DAMAGED` or `MODEL_INVALID`. */
  abstract loadNetwork(): Promise<void>;

  /** Frees the network. May be called more than once, and before `loadNetwork`. */
  abstract close(): Promise<void>;
}

/** How a text tower takes texts and gives vectors. */
export type TextSpec = Pick<TextTower, 'input' | 'mask' | 'output' | 'length' | 'padding' | 'lowerCase'>;

export interface TextTowerParts {
  readonly spec: TextSpec;
  readonly dimension: number;
  /** The file that errors name. */
  readonly file: string;
  /** Reads the files, and checks them. */
  readonly read: () => Promise<TextFiles>;
}

/** Creates extractors for the text towers of networks. */
export abstract class TextFeatureExtractors {
  abstract makeExtractor(parts: TextTowerParts): Promise<TextFeatureExtractor>;
}
