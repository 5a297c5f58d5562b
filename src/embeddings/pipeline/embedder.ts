import { availableParallelism } from 'node:os';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ImageLimitsConfig } from '../../config/index.ts';
import { Database } from '../../database/index.ts';
import { ConfiguredModel } from '../models/configured-model.ts';
import { describeModel } from '../api/embedding-model-descriptions.ts';
import { forgetEmbeddings } from './embedding-store.ts';
import { EmbeddingModel } from '../models/embedding-model.ts';
import { EmbeddingModels } from '../models/embedding-models.ts';
import { EmbeddingPipeline, type Embedded, type EmbeddingItem } from './embedding-pipeline.ts';
import type { Pixels } from '../networks/feature-extractor.port.ts';
import { modelIdentity, networkIdentity, type ModelIdentity } from '../models/model-identity.ts';
import type { PreprocessingSpec } from '../catalogue/model-manifest.ts';
import {
  formatModelSpec,
  NAMED_SPECS,
  nameOfSpec,
  parseModelSpec,
  type ModelSpec,
} from '../models/model-spec.ts';
import type { EmbeddingModelModel } from '../api/embedding-model.type.ts';
import type { Network } from '../networks/network.ts';
import { Networks } from '../networks/network-pool.ts';
import { preprocess, type Region } from '../preprocessing/preprocess.ts';
import type { Drift, Projection } from '../projection/projection.ts';
import { Projections, type FitRequest } from '../projection/projections.ts';
import { Semaphore } from '../../common/index.ts';
import { unitVector } from './unit-vector.ts';
import { viewsOf } from '../preprocessing/shared-preprocessing.ts';

export interface EmbedOptions {
  /** The configured model, without projection, where it is absent. */
  readonly model?: EmbeddingModel;
}

/** Embeds pictures, under several models at once where indexes are of several. */
@Injectable()
export class EmbeddingsService implements OnApplicationShutdown {
  private readonly queries = new Semaphore(availableParallelism());

  constructor(
    private readonly database: Database,
    private readonly allModels: EmbeddingModels,
    private readonly networks: Networks,
    private readonly projections: Projections,
    private readonly configured: ConfiguredModel,
    private readonly limits: ImageLimitsConfig,
  ) {}

  /** The configured model without projection. Its precision may change once, when the first index is built. */
  get defaultModel(): EmbeddingModel {
    return this.allModels.current(this.configured.spec);
  }

  /** Of the configured model without projection. */
  get identity(): ModelIdentity {
    return this.defaultModel.identity;
  }

  /** What a client can choose: the models that have a name, the configured one, and all networks. */
  models(): EmbeddingModelModel[] {
    const configured = formatModelSpec(this.configured.spec);
    const installed = new Set(this.allModels.catalogue.models.map(({ id }) => id));
    const composed = [...new Set([...Object.values(NAMED_SPECS), configured])]
      .map(parseModelSpec)
      .filter((spec) => isComposed(spec) && spec.networks.every(({ id }) => installed.has(id)))
      .map((spec) => this.describeSpec(spec));
    const networks = this.allModels.catalogue.models.map((manifest) =>
      this.describe(modelIdentity([networkIdentity(manifest)])),
    );
    return [...composed, ...networks];
  }

  private describeSpec(spec: ModelSpec): EmbeddingModelModel {
    const model = this.allModels.current(spec);
    return {
      ...this.describe(model.identity),
      id: model.name,
      name: nameOfSpec(model.name),
      dimension: spec.dimension ?? model.identity.dimension,
      isDefault: model.name === formatModelSpec(this.configured.spec),
    };
  }

  /** What is known of a model, which need not be installed any more. */
  describe(identity: ModelIdentity): EmbeddingModelModel {
    return describeModel(identity, this.allModels.catalogue, this.defaultModel);
  }

  /** Checks a spec without loading anything: throws `MODEL_SPEC_INVALID` or `MODEL_UNKNOWN`. */
  check(spec: string): ModelSpec {
    return this.allModels.check(spec);
  }

  /**
   * The model that a spec names, the configured one by default, without projection. Where a precision
   * is still open, a trial of half a second chooses it, once and for all.
   *
   * Rejects with `MODEL_SPEC_INVALID`, `MODEL_UNKNOWN`, or with what is wrong with a file.
   */
  async resolve(spec?: string): Promise<EmbeddingModel> {
    return this.allModels.resolve(spec === undefined ? this.configured.spec : this.check(spec));
  }

  /**
   * The model that an index is bound to, with its projection.
   *
   * Rejects with `MODEL_NOT_LOADED`, `MODEL_CHANGED` or `PROJECTION_MISSING`.
   */
  async ofIdentity(identity: ModelIdentity): Promise<EmbeddingModel> {
    return this.allModels.ofIdentity(identity);
  }

  /**
   * For the start: holds the identities stored with indexes against what is installed. Rejects with
   * `MODEL_CHANGED`, `MODEL_FILE_MISSING` or `MODEL_FILE_DAMAGED`.
   */
  async checkStored(identities: readonly ModelIdentity[]): Promise<void> {
    await this.allModels.checkStored(identities);
  }

  /**
   * Loads the networks of a model, the configured one by default, which the first picture does otherwise
   * (100 to 200 ms, and a second more on a machine that has not run it yet): a server opens it before it
   * listens. Rejects with `MODEL_FILE_MISSING`, `MODEL_FILE_DAMAGED` or `MODEL_INVALID`.
   */
  async open(model: EmbeddingModel = this.defaultModel): Promise<void> {
    for (const network of model.networks) await network.open();
  }

  /**
   * The unit vector of one picture of unknown origin, or of a part of it. Not cached.
   *
   * Rejects with `EMPTY_FILE`, `UNSUPPORTED_MEDIA_TYPE`, `IMAGE_TOO_LARGE`, `IMAGE_CORRUPT`,
   * `REGION_INVALID`, `EMBEDDING_INVALID` or `EMBEDDING_UNAVAILABLE`.
   */
  async embed(
    bytes: Uint8Array,
    { model = this.defaultModel, region }: EmbedOptions & { readonly region?: Region } = {},
  ): Promise<Float32Array> {
    return model.combine(await this.extract(bytes, model.networks, region));
  }

  /** The unit vector of a picture whose file has this sha256; computed once and kept. Rejects as `embed` does. */
  async embedStored(
    { sha256, open }: EmbeddingItem,
    { model = this.defaultModel }: EmbedOptions = {},
  ): Promise<Float32Array> {
    const { networks } = model;
    const vectors = await Promise.all(
      networks.map(async ({ cache }) => (await cache.find([sha256])).get(sha256)),
    );
    const missing = networks.filter((_, at) => vectors[at] === undefined);
    if (missing.length > 0) {
      const computed = await this.extract(await open(), missing);
      for (const [at, network] of missing.entries()) {
        const vector = computed[at]!;
        await network.cache.store([{ sha256, vector }]);
        vectors[networks.indexOf(network)] = vector;
      }
    }
    return model.combine(vectors.filter((vector) => vector !== undefined));
  }

  /**
   * The unit vectors of many pictures, in order, on all cores; each is computed once a network and kept.
   * One that fails is a result with an error. Stop by leaving the loop or through the signal.
   */
  embedAll<Item extends EmbeddingItem>(
    items: AsyncIterable<Item> | Iterable<Item>,
    { model = this.defaultModel, signal }: EmbedOptions & { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<Embedded<Item>, void, undefined> {
    const pipeline = new EmbeddingPipeline({
      model,
      preprocess: (bytes, spec) => this.preprocess(bytes, spec),
      decoders: availableParallelism() + 1,
    });
    return pipeline.run(items, signal);
  }

  /** Drops the kept vectors of pictures whose files are gone. */
  async forget(sha256s: readonly string[]): Promise<void> {
    await forgetEmbeddings(this.database, sha256s);
  }

  /** Fits the projection of a dataset anew, see `Projections.fit`. */
  async fitProjection(request: FitRequest): Promise<Projection> {
    return this.projections.fit(request);
  }

  /** The latest fit of a dataset for a model whose spec asks for a projection. */
  async projection(datasetId: number, model: EmbeddingModel): Promise<Projection | undefined> {
    return this.projections.latest(datasetId, model);
  }

  /** A fit by its digest; undefined where it was dropped. */
  async storedProjection(digest: string): Promise<Projection | undefined> {
    return this.projections.find(digest);
  }

  /** How far new vectors, of the model without projection, have moved from what it was fitted on. */
  async drift(projection: Projection, vectors: AsyncIterable<Float32Array>): Promise<Drift> {
    return projection.drift(vectors);
  }

  /** Drops a dataset's projections, but for those with these digests, which indexes are bound to. */
  async forgetProjections(datasetId: number, except: readonly string[] = []): Promise<void> {
    await this.projections.forget(datasetId, except);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.networks.close();
  }

  /** Unit vectors under each network: the networks run at the same time, on pixels decoded as seldom as can be. */
  private async extract(
    bytes: Uint8Array,
    networks: readonly Network[],
    region?: Region,
  ): Promise<Float32Array[]> {
    const { views, viewOf } = viewsOf(networks);
    const pixels = views.map((spec) => this.queries.run(() => this.preprocess(bytes, spec, region)));
    return Promise.all(
      networks.map(async (network, at) => unitVector(await network.extract(await pixels[viewOf[at]!]!))),
    );
  }

  private preprocess(bytes: Uint8Array, spec: PreprocessingSpec, region?: Region): Promise<Pixels> {
    return preprocess(bytes, spec, { maxPixels: this.limits.MAX_IMAGE_PIXELS }, region);
  }
}

/** Whether it is more than a network alone. */
function isComposed({ networks, dimension }: ModelSpec): boolean {
  return networks.length > 1 || dimension !== undefined;
}
