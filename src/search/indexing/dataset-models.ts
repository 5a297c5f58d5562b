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

/** Images that a projection is held against when its age is told. */
const DRIFT_SAMPLE = 1_000;
/** A fit on fewer vectors than this for each axis is a rough one… */
const FEW_A_NUMBER = 10;
/** …and is done again once there are so many times more images. */
const OUTGROWN = 4;

export interface FitObserver {
  readonly signal?: AbortSignal;
  /** Told first about how many images the fit looks at. */
  begins?(images: number): void;
  /** An image more has been looked at. */
  looked?(): void;
}

export interface ModelRequest {
  /** A model spec; where it is absent, the model of `current`, and without that the configured one. */
  readonly spec?: string;
  /** Of the index that the dataset has. */
  readonly current?: ModelIdentity;
  readonly labelIds?: readonly string[];
  /** Fits the projection again, where the spec has one. */
  readonly refit?: boolean;
}

/** What a model is on a certain dataset: with the projection that is fitted on its images. */
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
   * The model for an index of a dataset. Its projection is the last fit, or a new one where there is
   * none, where the dataset has outgrown it, or where that is asked for.
   *
   * Rejects with `MODEL_SPEC_INVALID`, `MODEL_UNKNOWN`, `PROJECTION_TOO_FEW` for an empty dataset, and as
   * `EmbeddingModels.modelOfIdentity` does.
   */
  async forIndex(
    datasetId: number,
    { spec, current, labelIds, refit = false }: ModelRequest,
    observer: FitObserver = {},
  ): Promise<EmbeddingModel> {
    const base = await this.baseModel(spec, current);
    if (!base.lacksProjection) return base;
    const count = await this.images.count(datasetId, labelIds);
    const last = await this.projections.findLatestProjection(datasetId, base);
    if (last !== undefined && !refit && !isOutgrown(last, count)) return base.withProjection(last);
    observer.begins?.(Math.min(count, FITTING_SAMPLE));
    const sample = this.sample(datasetId, labelIds, ({ sha256 }) => isInFittingSample(sha256, count));
    const vectors = this.vectors(sample, base, observer);
    const { signal } = observer;
    return base.withProjection(
      await this.projections.fitProjection({ datasetId, model: base, vectors, signal }),
    );
  }

  /** How far the dataset's images have moved from what the model's projection was fitted on: see `Drift.drift`. */
  async drift(
    datasetId: number,
    base: EmbeddingModel,
    projection: Projection,
    signal?: AbortSignal,
  ): Promise<number> {
    const share = DRIFT_SAMPLE / Math.max(DRIFT_SAMPLE, await this.images.count(datasetId));
    // Other digits than those that chose what the projection was fitted on.
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

  /** Unit vectors of the model; images that cannot be embedded are passed over. */
  private async *vectors(
    images: AsyncIterable<Image>,
    model: EmbeddingModel,
    observer: FitObserver,
  ): AsyncGenerator<Float32Array> {
    for await (const result of this.embedder.embedAll(this.items(images), {
      model,
      signal: observer.signal,
    })) {
      observer.looked?.();
      if ('vector' in result) yield result.vector;
    }
  }

  private async *items(images: AsyncIterable<Image>) {
    for await (const { sha256 } of images) yield { sha256, open: () => this.images.readBytes(sha256) };
  }

  private async *sample(
    datasetId: number,
    labels: readonly string[] | undefined,
    isWanted: (image: Image) => boolean,
  ): AsyncGenerator<Image> {
    for await (const image of this.images.all(datasetId, labels)) if (isWanted(image)) yield image;
  }
}

function isOutgrown({ stats, dimension }: Projection, count: number): boolean {
  return stats.vectors < FEW_A_NUMBER * dimension && count >= OUTGROWN * stats.vectors;
}
