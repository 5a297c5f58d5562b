import type { ModelManifest } from '../catalogue/model-manifest.ts';
import type { Pixels } from './feature-extractor.port.ts';
import type { FeatureMap } from './feature-map.ts';

/** A network that was cut before its pooling. */
export interface FeatureMapSession {
  /** Rejects with `EMBEDDING_UNAVAILABLE` if the network stops working. */
  extractMap(pixels: Pixels): Promise<FeatureMap>;
  close(): Promise<void>;
}

/** Opens networks for their feature maps. */
export abstract class FeatureMapSessions {
  /**
   * Cuts the network at the feature map whose mean is its features, and loads it into one thread. `modelsDir`: the
   * folder to which the manifest's `file` is relative.
   *
   * Rejects with `EXPLANATION_UNAVAILABLE` if the features are not such a mean, and with `MODEL_FILE_MISSING`,
   * `MODEL_FILE_DAMAGED` or `MODEL_INVALID`.
   */
  abstract openSession(manifest: ModelManifest, modelsDir: string): Promise<FeatureMapSession>;
}
