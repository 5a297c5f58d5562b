import type { ModelManifest } from '../catalogue/model-manifest.ts';
import { networkIdentity, type NetworkIdentity } from '../models/model-identity.ts';
import type { CachedEmbedding } from '../pipeline/embedding-store.ts';
import type { FeatureExtractor, Pixels } from './feature-extractor.port.ts';

/** Unit vectors already computed with one network, by the SHA-256 of the picture's file. */
export interface VectorCache {
  findVectors(sha256s: readonly string[]): Promise<ReadonlyMap<string, Float32Array>>;
  storeVectors(embeddings: readonly CachedEmbedding[]): Promise<void>;
}

/** One variant of a network. It is loaded when the first picture arrives, or by `openNetwork`. */
export class Network {
  readonly manifest: ModelManifest;
  readonly identity: NetworkIdentity;
  readonly cache: VectorCache;

  private readonly makeExtractor: () => Promise<FeatureExtractor>;
  private loading: Promise<FeatureExtractor> | undefined;

  constructor(manifest: ModelManifest, cache: VectorCache, makeExtractor: () => Promise<FeatureExtractor>) {
    this.manifest = manifest;
    this.identity = networkIdentity(manifest);
    this.cache = cache;
    this.makeExtractor = makeExtractor;
  }

  /** Whether both networks see the same pixels of a picture. How these are normalised may differ. */
  sharesPixelsWith({ manifest }: Network): boolean {
    const [a, b] = [this.manifest.preprocessing, manifest.preprocessing];
    return a.resize === b.resize && a.crop === b.crop;
  }

  /**
   * Loads the network unless it is loaded already. Rejects with `MODEL_FILE_MISSING`,
   * `MODEL_FILE_DAMAGED` or `MODEL_INVALID`; the next call tries again.
   */
  async openNetwork(): Promise<FeatureExtractor> {
    this.loading ??= this.load();
    try {
      return await this.loading;
    } catch (error) {
      this.loading = undefined;
      throw error;
    }
  }

  /** The features of one picture, see `FeatureExtractor.extractFeatures`. */
  async extractFeatures(pixels: Pixels): Promise<Float32Array> {
    const [features] = await (await this.openNetwork()).extractFeatures([pixels]);
    if (features === undefined) throw new Error('The extractor returned nothing for a picture');
    return features;
  }

  async closeNetwork(): Promise<void> {
    // If loading failed, whoever asked for it has been told.
    const [loaded] = await Promise.allSettled([this.loading]);
    if (loaded.status === 'fulfilled') await loaded.value?.close();
  }

  private async load(): Promise<FeatureExtractor> {
    const extractor = await this.makeExtractor();
    try {
      await extractor.loadNetwork();
      return extractor;
    } catch (error) {
      await extractor.close();
      throw error;
    }
  }
}
