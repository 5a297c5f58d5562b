import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Semaphore, type RgbPicture } from '../../common/index.ts';
import { ImageLimitsConfig } from '../../config/index.ts';
import type { PreprocessingSpec } from '../catalogue/model-manifest.ts';
import { modelHasNoText, textInvalid } from '../embeddings.errors.ts';
import { ConfiguredModel } from '../models/configured-model.ts';
import type { EmbeddingModel } from '../models/embedding-model.ts';
import type { Pixels } from '../networks/feature-extractor.port.ts';
import type { Network } from '../networks/network.ts';
import { preprocess, type PreprocessOptions } from '../preprocessing/preprocess.ts';
import { sharedPreprocessing } from '../preprocessing/shared-preprocessing.ts';
import { EmbeddingPipeline, type Embedded, type EmbeddingItem } from './embedding-pipeline.ts';
import { unitVector } from './unit-vector.ts';

/** How much memory the vectors of stored pictures may take that were asked for most recently. */
const KEPT_BYTES = 32 * 1024 * 1024;
/** The approximate size of an entry without its numbers. */
const ENTRY_BYTES = 300;

/** In characters. Texts of 64 or 77 tokens, which networks take, are much shorter. */
const LONGEST_TEXT = 1_000;

export interface EmbedOptions {
  /** If omitted, the configured model without its projection. */
  readonly model?: EmbeddingModel;
  /** Once it aborts, the call rejects with its reason instead of beginning the next step. */
  readonly signal?: AbortSignal;
}

/** Turns pictures into vectors. */
@Injectable()
export class Embedder {
  private readonly queries = new Semaphore(availableParallelism());
  /** By the digests of the model and of the picture, on which nothing but the vector depends. */
  private readonly kept = new LRUCache<string, Float32Array>({
    maxSize: KEPT_BYTES,
    sizeCalculation: ({ byteLength }) => byteLength + ENTRY_BYTES,
  });

  constructor(
    private readonly configured: ConfiguredModel,
    private readonly limits: ImageLimitsConfig,
  ) {}

  /**
   * The unit vector of any picture, or of a region of it. It is not kept. A file that has not been `checked` is judged
   * as an import judges it.
   *
   * Rejects with `EMPTY_FILE`, `UNSUPPORTED_MEDIA_TYPE`, `IMAGE_TOO_LARGE`, `IMAGE_CORRUPT`,
   * `REGION_INVALID`, `EMBEDDING_INVALID` or `EMBEDDING_UNAVAILABLE`.
   */
  async embed(
    picture: Uint8Array | RgbPicture,
    { model = this.configured.model, ...options }: EmbedOptions & PreprocessOptions = {},
  ): Promise<Float32Array> {
    return model.combine(await this.extractVectors(picture, model.networks, options));
  }

  /**
   * The unit vector of a stored picture, which is computed once and kept. It must not be changed. Rejects as
   * `embed` does.
   */
  async embedStored(item: EmbeddingItem, options: EmbedOptions = {}): Promise<Float32Array> {
    const { digest } = (options.model ?? this.configured.model).identity;
    const key = `${digest} ${item.sha256}`;
    let vector = this.kept.get(key);
    if (vector === undefined) {
      vector = await this.readOrCompute(item, options);
      this.kept.set(key, vector);
    }
    return vector;
  }

  /**
   * The unit vector of a text, which lies among those of pictures. A text that is longer than its network takes is cut
   * off at the end, as in training.
   *
   * Rejects with `TEXT_INVALID` if it is empty or longer than 1,000 characters, with `MODEL_HAS_NO_TEXT` unless all
   * networks of the model have a text tower, or with `EMBEDDING_INVALID` or `EMBEDDING_UNAVAILABLE`.
   */
  async embedText(
    text: string,
    { model = this.configured.model, signal }: EmbedOptions = {},
  ): Promise<Float32Array> {
    const asked = text.trim();
    if (asked === '') throw textInvalid('it is empty');
    if (asked.length > LONGEST_TEXT) {
      throw textInvalid(`it has ${asked.length} characters; at most ${LONGEST_TEXT} are allowed`);
    }
    const without = model.networks.filter(({ hasText }) => !hasText);
    if (without.length > 0) {
      throw modelHasNoText(
        model.identity.model,
        without.map(({ manifest }) => manifest.id),
      );
    }
    signal?.throwIfAborted();
    const features = await Promise.all(model.networks.map((network) => network.extractTextFeatures(asked)));
    return model.combine(features.map(unitVector));
  }

  private async readOrCompute(
    { sha256, open }: EmbeddingItem,
    { model = this.configured.model, signal }: EmbedOptions,
  ): Promise<Float32Array> {
    const { networks } = model;
    const vectors = await Promise.all(
      networks.map(async ({ cache }) => (await cache.findVectors([sha256])).get(sha256)),
    );
    const missing = networks.filter((_, at) => vectors[at] === undefined);
    if (missing.length > 0) {
      signal?.throwIfAborted();
      const computed = await this.extractVectors(await open(), missing, { signal, checked: true });
      for (const [at, network] of missing.entries()) {
        const vector = computed[at]!;
        await network.cache.storeVectors([{ sha256, vector }]);
        vectors[networks.indexOf(network)] = vector;
      }
    }
    return model.combine(vectors.filter((vector) => vector !== undefined));
  }

  /**
   * The unit vectors of many pictures, in order and on all cores. Each is computed once per network and
   * kept. A picture that fails yields an error. To stop, leave the loop or abort the signal.
   */
  embedAll<Item extends EmbeddingItem>(
    items: AsyncIterable<Item> | Iterable<Item>,
    { model = this.configured.model, signal }: EmbedOptions = {},
  ): AsyncGenerator<Embedded<Item>, void, undefined> {
    const pipeline = new EmbeddingPipeline({
      model,
      preprocess: (bytes, spec) => this.preprocess(bytes, spec, { checked: true }),
      decoders: availableParallelism() + 1,
    });
    return pipeline.embedAll(items, signal);
  }

  /**
   * What each network sees of a picture, in order. The picture is decoded as rarely as possible, and no more pictures
   * at the same time than there are cores. Each promise rejects as `embed` does.
   */
  preparePictures(
    picture: Uint8Array | RgbPicture,
    networks: readonly Network[],
    { signal, ...options }: PreprocessOptions & { readonly signal?: AbortSignal } = {},
  ): Promise<Pixels>[] {
    const { specs, specOf } = sharedPreprocessing(networks);
    const pixels = specs.map((spec) =>
      this.queries.run(async () => {
        signal?.throwIfAborted();
        return this.preprocess(picture, spec, options);
      }),
    );
    return specOf.map((at) => pixels[at]!);
  }

  /** Unit vectors under each network. The networks run at the same time. */
  private async extractVectors(
    picture: Uint8Array | RgbPicture,
    networks: readonly Network[],
    options: PreprocessOptions & { readonly signal?: AbortSignal },
  ): Promise<Float32Array[]> {
    const pixels = this.preparePictures(picture, networks, options);
    return Promise.all(
      networks.map(async (network, at) => {
        const seen = await pixels[at]!;
        options.signal?.throwIfAborted();
        return unitVector(await network.extractFeatures(seen));
      }),
    );
  }

  private preprocess(
    picture: Uint8Array | RgbPicture,
    spec: PreprocessingSpec,
    options: PreprocessOptions,
  ): Promise<Pixels> {
    return preprocess(picture, spec, { maxPixels: this.limits.MAX_IMAGE_PIXELS }, options);
  }
}
