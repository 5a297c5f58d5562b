import type { CachedEmbedding } from '../pipeline/embedding-store.ts';
import type { FeatureExtractor, Pixels } from './feature-extractor.port.ts';
import { networkIdentity, type NetworkIdentity } from '../models/model-identity.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';

/** What was computed with one network, by the sha256 of the picture's file; unit length. */
export interface VectorCache {
  find(sha256s: readonly string[]): Promise<ReadonlyMap<string, Float32Array>>;
  store(embeddings: readonly CachedEmbedding[]): Promise<void>;
}

/** One variant of a network, ready to be loaded: by the first picture, or by `open`. */
export class Network {
  readonly manifest: ModelManifest;
  readonly identity: NetworkIdentity;
  readonly cache: VectorCache;

  private readonly make: () => Promise<FeatureExtractor>;
  private loading: Promise<FeatureExtractor> | undefined;

  constructor(manifest: ModelManifest, cache: VectorCache, make: () => Promise<FeatureExtractor>) {
    this.manifest = manifest;
    this.identity = networkIdentity(manifest);
    this.cache = cache;
    this.make = make;
  }

  /** Whether pictures for this network are prepared as for the other, but for the scale of the numbers. */
  seesAs({ manifest }: Network): boolean {
    const [a, b] = [this.manifest.preprocessing, manifest.preprocessing];
    return a.resize === b.resize && a.crop === b.crop;
  }

  /**
   * Loads the network where it is not yet. Rejects with `MODEL_FILE_MISSING`, `MODEL_FILE_DAMAGED` or
   * `MODEL_INVALID`; the next call tries again.
   */
  async open(): Promise<FeatureExtractor> {
    this.loading ??= this.load();
    try {
      return await this.loading;
    } catch (error) {
      this.loading = undefined;
      throw error;
    }
  }

  /** As `FeatureExtractor.extract` of one picture. */
  async extract(pixels: Pixels): Promise<Float32Array> {
    const [features] = await (await this.open()).extract([pixels]);
    if (features === undefined) throw new Error('The extractor gave nothing for a picture');
    return features;
  }

  async close(): Promise<void> {
    const extractor = await this.loading?.catch(() => undefined);
    await extractor?.close();
  }

  private async load(): Promise<FeatureExtractor> {
    const extractor = await this.make();
    try {
      await extractor.open();
      return extractor;
    } catch (error) {
      await extractor.close();
      throw error;
    }
  }
}
