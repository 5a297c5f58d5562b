import { availableParallelism } from 'node:os';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ImageLimitsConfig } from '../config/index.ts';
import { ConfiguredModel } from './configured-model.ts';
import { EmbeddingCache } from './embedding-cache.ts';
import { EmbeddingPipeline, type Embedded, type EmbeddingItem } from './embedding-pipeline.ts';
import { modelNotLoaded } from './embeddings.errors.ts';
import { FeatureExtractor, type Pixels } from './feature-extractor.port.ts';
import { ModelCatalogue } from './model-catalogue.ts';
import { modelIdentity, type ModelIdentity } from './model-identity.ts';
import type { ModelManifest } from './model-manifest.ts';
import type { EmbeddingModelModel } from './models/embedding-model.model.ts';
import { preprocess, type Region } from './preprocess.ts';
import { Semaphore } from './semaphore.ts';
import { unitVector } from './unit-vector.ts';

/** Embeds pictures with the configured model. */
@Injectable()
export class EmbeddingsService implements OnApplicationShutdown {
  /** Of the configured model: every vector this service gives is of this identity. */
  readonly identity: ModelIdentity;

  private readonly manifest: ModelManifest;
  private readonly pipeline: EmbeddingPipeline;
  private readonly queries = new Semaphore(availableParallelism());

  constructor(
    private readonly catalogue: ModelCatalogue,
    configured: ConfiguredModel,
    private readonly extractor: FeatureExtractor,
    private readonly cache: EmbeddingCache,
    private readonly limits: ImageLimitsConfig,
  ) {
    this.manifest = configured.manifest;
    this.identity = modelIdentity(this.manifest);
    this.pipeline = new EmbeddingPipeline({
      extractor,
      cache,
      preprocess: (bytes) => this.preprocess(bytes),
      decoders: availableParallelism() + 1,
    });
  }

  /** All models that there are. */
  models(): EmbeddingModelModel[] {
    return this.catalogue.models.map((manifest) => this.describe(modelIdentity(manifest)));
  }

  /** What is known of a model, which need not be installed any more. */
  describe({ model: id, key, revision, precision, dimension }: ModelIdentity): EmbeddingModelModel {
    const manifest = this.catalogue.models.find((candidate) => modelIdentity(candidate).key === key);
    return {
      id,
      key,
      revision,
      precision,
      dimension,
      isDefault: key === this.identity.key,
      inputSize: manifest?.preprocessing.crop ?? null,
      licence: manifest?.licence ?? null,
      source: manifest?.source ?? null,
      sha256: manifest?.sha256 ?? null,
    };
  }

  /**
   * The identity of a model by its id, the configured one by default. Throws `MODEL_UNKNOWN`, and
   * `MODEL_NOT_LOADED` for one that this process does not embed with.
   */
  modelById(id: string = this.manifest.id): ModelIdentity {
    return this.loaded(modelIdentity(this.catalogue.get(id)).key);
  }

  /** The identity of a model by its key. Throws `MODEL_NOT_LOADED` where it is not the configured one. */
  modelByKey(key: string): ModelIdentity {
    return this.loaded(key);
  }

  /**
   * Loads the network, which the first picture does otherwise (100 to 200 ms): a server opens it before
   * it listens. Rejects with `MODEL_FILE_MISSING`, `MODEL_FILE_DAMAGED` or `MODEL_INVALID`.
   */
  async open(): Promise<void> {
    await this.extractor.open();
  }

  /**
   * The unit vector of one picture of unknown origin, or of a part of it. Not cached.
   *
   * Rejects with `EMPTY_FILE`, `UNSUPPORTED_MEDIA_TYPE`, `IMAGE_TOO_LARGE`, `IMAGE_CORRUPT`,
   * `REGION_INVALID`, `EMBEDDING_INVALID` or `EMBEDDING_UNAVAILABLE`.
   */
  async embed(bytes: Uint8Array, options: { readonly region?: Region } = {}): Promise<Float32Array> {
    const pixels = await this.queries.run(() => this.preprocess(bytes, options.region));
    const [features] = await this.extractor.extract([pixels]);
    if (features === undefined) throw new Error('The extractor gave nothing for a picture');
    return unitVector(features);
  }

  /** The unit vector of a picture whose file has this sha256; computed once and kept. Rejects as `embed` does. */
  async embedStored({ sha256, open }: EmbeddingItem): Promise<Float32Array> {
    const cached = (await this.cache.find([sha256])).get(sha256);
    if (cached !== undefined) return cached;
    const vector = await this.embed(await open());
    await this.cache.store([{ sha256, vector }]);
    return vector;
  }

  /**
   * The unit vectors of many pictures, in order, on all cores; each is computed once and kept. One
   * that fails is a result with an error. Stop by leaving the loop or through the signal.
   */
  embedAll<Item extends EmbeddingItem>(
    items: AsyncIterable<Item> | Iterable<Item>,
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<Embedded<Item>, void, undefined> {
    return this.pipeline.run(items, options.signal);
  }

  /** Drops the kept vectors of pictures whose files are gone. */
  async forget(sha256s: readonly string[]): Promise<void> {
    await this.cache.forget(sha256s);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.extractor.close();
  }

  private loaded(key: string): ModelIdentity {
    if (key !== this.identity.key) throw modelNotLoaded(key, this.identity.key);
    return this.identity;
  }

  private preprocess(bytes: Uint8Array, region?: Region): Promise<Pixels> {
    return preprocess(
      bytes,
      this.manifest.preprocessing,
      { maxPixels: this.limits.MAX_IMAGE_PIXELS },
      region,
    );
  }
}
