import { Injectable } from '@nestjs/common';
import { ImagesService, type Image } from '../../datasets/index.ts';
import {
  ConfiguredModel,
  Embedder,
  EmbeddingModels,
  FITTING_SAMPLE,
  isInFittingSample,
  Projections,
  type EmbeddingModel,
  type ModelIdentity,
  type Projection,
} from '../../embeddings/index.ts';
import { withLabels, type Filter } from '../../filters/index.ts';
import type { ItemFailure } from '../../jobs/index.ts';

/** The number of images on which the drift of a projection is measured. */
const DRIFT_SAMPLE = 1_000;
/** A projection that was fitted on fewer vectors per dimension than this is only a rough one … */
const ROUGH_BELOW = 10;
/** … and is fitted again once the dataset has grown by this factor. */
const OUTGROWN = 4;

export interface FitObserver {
  readonly signal?: AbortSignal;
  /** Called first, with the approximate number of images that the fit will use. */
  onBegin?(images: number): void;
  /** Called after each image, with the reason if it could not be embedded. */
  onImage?(failure?: ItemFailure): void;
}

export interface ModelRequest {
  /** A model spec. If omitted, the model of `current` is used, or else the configured one. */
  readonly spec?: string;
  /** The model of the dataset's current index. */
  readonly current?: ModelIdentity;
  readonly labelIds?: readonly string[];
  /** Fits the projection again, if the model has one. */
  readonly refit?: boolean;
}

/** Resolves models for a dataset, with a projection that was fitted on its images. */
@Injectable()
export class DatasetModels {
  constructor(
    private readonly images: ImagesService,
    private readonly models: EmbeddingModels,
    private readonly configured: ConfiguredModel,
    private readonly embedder: Embedder,
    private readonly projections: Projections,
  ) {}

  /**
   * The model for an index of a dataset. Its projection is the latest one, unless there is none, the dataset has
   * outgrown it or `refit` is set: then a new one is fitted.
   *
   * Rejects with `MODEL_SPEC_INVALID`, `MODEL_UNKNOWN`, `PROJECTION_TOO_FEW` if no image could be embedded, and as
   * `EmbeddingModels.modelOfIdentity` does.
   */
  async modelForIndex(
    datasetId: number,
    { spec, current, labelIds, refit = false }: ModelRequest,
    observer: FitObserver = {},
  ): Promise<EmbeddingModel> {
    const base = await this.baseModel(spec, current);
    if (!base.lacksProjection) return base;
    const filter = labelIds && withLabels(labelIds);
    const count = await this.images.count(datasetId, filter);
    const last = await this.projections.findLatestProjection(datasetId, base);
    if (last !== undefined && !refit && !isOutgrown(last, count)) return base.withProjection(last);
    observer.onBegin?.(Math.min(count, FITTING_SAMPLE));
    const sample = this.sample(datasetId, filter, ({ sha256 }) => isInFittingSample(sha256, count));
    const vectors = this.vectors(sample, base, observer);
    const { signal } = observer;
    return base.withProjection(
      await this.projections.fitProjection({ datasetId, model: base, vectors, signal }),
    );
  }

  /** Measures how far the dataset has drifted from the images that its projection was fitted on: see `Drift.drift`. */
  async measureDrift(
    datasetId: number,
    base: EmbeddingModel,
    projection: Projection,
    signal?: AbortSignal,
  ): Promise<number> {
    const share = DRIFT_SAMPLE / Math.max(DRIFT_SAMPLE, await this.images.count(datasetId));
    // The fitting sample is chosen by the first digits; the last ones make this sample independent of it.
    const isWanted = ({ sha256 }: Image) => parseInt(sha256.slice(-8), 16) < share * 2 ** 32;
    const vectors = this.vectors(this.sample(datasetId, undefined, isWanted), base, { signal });
    return (await projection.measureDrift(vectors)).drift;
  }

  private async baseModel(
    spec: string | undefined,
    current: ModelIdentity | undefined,
  ): Promise<EmbeddingModel> {
    if (spec !== undefined) return this.models.resolveModel(this.models.checkSpec(spec));
    if (current !== undefined) return (await this.models.modelOfIdentity(current)).base;
    return this.models.resolveModel(this.configured.spec);
  }

  /** The unit vectors of the images. Images that cannot be embedded are skipped. */
  private async *vectors(
    images: AsyncIterable<Image>,
    model: EmbeddingModel,
    observer: FitObserver,
  ): AsyncGenerator<Float32Array> {
    for await (const result of this.embedder.embedAll(this.items(images), {
      model,
      signal: observer.signal,
    })) {
      if ('vector' in result) {
        observer.onImage?.();
        yield result.vector;
      } else {
        observer.onImage?.({ item: result.item.externalId, ...result.error });
      }
    }
  }

  private async *items(images: AsyncIterable<Image>) {
    for await (const { sha256, externalId } of images) {
      yield { sha256, externalId, open: () => this.images.readBytes(sha256) };
    }
  }

  private async *sample(
    datasetId: number,
    filter: Filter | undefined,
    isWanted: (image: Image) => boolean,
  ): AsyncGenerator<Image> {
    for await (const image of this.images.all(datasetId, filter)) if (isWanted(image)) yield image;
  }
}

function isOutgrown({ stats, dimension }: Projection, count: number): boolean {
  return stats.vectors < ROUGH_BELOW * dimension && count >= OUTGROWN * stats.vectors;
}
