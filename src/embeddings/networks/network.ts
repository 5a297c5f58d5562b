import type { ModelManifest, PreprocessingSpec } from '../catalogue/model-manifest.ts';
import { networkIdentity, type NetworkIdentity } from '../models/model-identity.ts';
import type { CachedEmbedding } from '../pipeline/embedding-store.ts';
import type { FeatureExtractor, Pixels } from './feature-extractor.port.ts';
import { LoadedOnce } from './loaded-once.ts';
import type { TextFeatureExtractor } from './text-feature-extractor.port.ts';

/** Unit vectors already computed with one network, by the SHA-256 of the picture's file. */
export interface VectorCache {
  findVectors(sha256s: readonly string[]): Promise<ReadonlyMap<string, Float32Array>>;
  storeVectors(embeddings: readonly CachedEmbedding[]): Promise<void>;
}

/** One variant of a network. It is loaded when the first picture or text arrives, or by `openNetwork`. */
export class Network {
  readonly manifest: ModelManifest;
  readonly identity: NetworkIdentity;
  readonly cache: VectorCache;

  private readonly extractor: LoadedOnce<FeatureExtractor>;
  private readonly textExtractor: LoadedOnce<TextFeatureExtractor> | undefined;

  /** `makeTextExtractor`: undefined if the network has no text tower. */
  constructor(
    manifest: ModelManifest,
    cache: VectorCache,
    makeExtractor: () => Promise<FeatureExtractor>,
    makeTextExtractor?: () => Promise<TextFeatureExtractor>,
  ) {
    this.manifest = manifest;
    this.identity = networkIdentity(manifest);
    this.cache = cache;
    this.extractor = new LoadedOnce(makeExtractor);
    this.textExtractor = makeTextExtractor === undefined ? undefined : new LoadedOnce(makeTextExtractor);
  }

  /** Whether it also gives vectors to texts. */
  get hasText(): boolean {
    return this.textExtractor !== undefined;
  }

  /** Whether both networks see the same pixels of a picture. How these are normalised may differ. */
  sharesPixelsWith({ manifest }: Network): boolean {
    const [a, b] = [this.manifest.preprocessing, manifest.preprocessing];
    return pixelsKey(a) === pixelsKey(b);
  }

  /**
   * Loads the network unless it is loaded already. Rejects with `MODEL_FILE_MISSING`,
   * `MODEL_FILE_DAMAGED` or `MODEL_INVALID`; the next call tries again.
   */
  openNetwork(): Promise<FeatureExtractor> {
    return this.extractor.open();
  }

  /** The features of one picture, see `FeatureExtractor.extractFeatures`. */
  async extractFeatures(pixels: Pixels): Promise<Float32Array> {
    const [features] = await (await this.openNetwork()).extractFeatures([pixels]);
    if (features === undefined) throw new Error('The extractor returned nothing for a picture');
    return features;
  }

  /** The features of one text, see `TextFeatureExtractor.extractFeatures`. Only if `hasText`. */
  async extractTextFeatures(text: string): Promise<Float32Array> {
    const [features] = (await (await this.textExtractor?.open())?.extractFeatures([text])) ?? [];
    if (features === undefined) throw new Error(`${this.manifest.id} returned nothing for a text`);
    return features;
  }

  async closeNetwork(): Promise<void> {
    await Promise.all([this.extractor.close(), this.textExtractor?.close()]);
  }
}

/** Equal if a picture gives the same pixels. */
function pixelsKey({ resize, crop, fit = 'crop', interpolation = 'bicubic' }: PreprocessingSpec): string {
  return [crop, fit === 'crop' ? resize : fit, interpolation].join();
}
