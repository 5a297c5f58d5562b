import { Injectable } from '@nestjs/common';
import { alteredCopies } from '../../common/index.ts';
import { ImageLimitsConfig } from '../../config/index.ts';
import { ImagesService, type Image } from '../../datasets/index.ts';
import {
  ConfiguredModel,
  Embedder,
  EmbeddingModels,
  FITTING_SAMPLE,
  isFittedOnFew,
  isInFittingSample,
  isSupervised,
  Projections,
  type AlteredCopy,
  type EmbeddingModel,
  type HeldOutFold,
  type Labelled,
  type ModelIdentity,
  type Projection,
} from '../../embeddings/index.ts';
import { withLabels, type Filter } from '../../filters/index.ts';
import type { ItemFailure } from '../../jobs/index.ts';
import { JudgedVectors } from '../feedback/judged-vectors.ts';
import { picturesToCopy } from './copied-pictures.ts';
import { haveLabelsChanged, LabelSampler } from './label-sample.ts';

/** The number of images on which the drift of a projection is measured. */
const DRIFT_SAMPLE = 1_000;
/** A projection that was fitted on fewer vectors per dimension than this is only a rough one … */
const ROUGH_BELOW = 10;
/** … and is fitted again once the dataset has grown by this factor. */
const OUTGROWN = 4;
/** A projection that learns from labels is fitted again if its drift exceeds this. */
const MUCH_DRIFT = 0.15;
/** With fewer verdicts that an image is relevant, feedback is not looked at. */
const LEAST_FEEDBACK = 50;
/** What labels and feedback have taught is tested again once there is so many times as much feedback. */
const MUCH_MORE_FEEDBACK = 2;
/** The copies of so many pictures are made and embedded while others are waited for. */
const COPIED_AT_ONCE = 2;
/** The shares of a fit that are done before and after copies are searched with. */
const [COPIES_FROM, COPIES_UNTIL] = [0.3, 0.9];

export interface FitObserver {
  readonly signal?: AbortSignal;
  /** Called first, with the approximate number of images that the fit will use, of all. */
  onBegin?(images: number, all: number): void;
  /** Called after each image, with the reason if it could not be embedded. */
  onImage?(failure?: ItemFailure): void;
  /** Called once the images have been read, and then with the share of the fit that is done, 0 to 1. */
  onFit?(share: number): void;
}

export interface ModelRequest {
  /** A model spec. If omitted, the model of `current` is used, or else the configured one. */
  readonly spec?: string;
  /** The model of the dataset's current index. */
  readonly current?: ModelIdentity;
  /** The drift of the projection of the dataset's current index, if it has been measured. */
  readonly drift?: number;
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
    private readonly limits: ImageLimitsConfig,
    private readonly judged: JudgedVectors,
  ) {}

  /**
   * The model for an index of a dataset. Its projection is the latest one, unless there is none, the dataset has
   * outgrown it or `refit` is set: then a new one is fitted. If the spec asks to learn from labels, it is also fitted
   * again when labels have changed much, feedback has doubled or the images have drifted.
   *
   * Rejects with `MODEL_SPEC_INVALID`, `MODEL_UNKNOWN`, `PROJECTION_TOO_FEW` if no image could be embedded, and as
   * `EmbeddingModels.modelOfIdentity` does.
   */
  async modelForIndex(
    datasetId: number,
    request: ModelRequest,
    observer: FitObserver = {},
  ): Promise<EmbeddingModel> {
    const { spec, current, labelIds, refit = false } = request;
    const base = await this.baseModel(spec, current);
    if (!base.lacksProjection) return base;
    const filter = labelIds && withLabels(labelIds);
    const count = await this.images.count(datasetId, filter);
    const last = await this.projections.findLatestProjection(datasetId, base);
    const isCurrent = last !== undefined && !refit && !isOutgrown(last, count);
    if (isCurrent && !(base.spec.labels && (await this.hasChanged(datasetId, last, request)))) {
      return base.withProjection(last);
    }
    observer.onBegin?.(Math.min(count, FITTING_SAMPLE), count);
    const sample = () => this.sample(datasetId, filter, ({ sha256 }) => isInFittingSample(sha256, count));
    const { signal } = observer;
    if (base.spec.labels) {
      const learnt = await this.learn({ datasetId, base, sample, observer, count, refit });
      return base.withProjection(learnt);
    }
    const vectors = vectorsOf(endingWith(this.embedded(sample(), base, observer), () => observer.onFit?.(0)));
    return base.withProjection(
      await this.projections.fitProjection({ datasetId, model: base, vectors, signal }),
    );
  }

  /**
   * Images of a dataset in folds, each projected by a fit that has not seen the labels of the fold, as strong as the
   * projection of the model: pairs of a held-out image and another are scored like a new picture and a hit. If there
   * are no more images than the projection has numbers, the fit has not seen the held-out pictures either: its axes
   * would otherwise consist of them. The images are those that projections are fitted on, at most about 10,000; those
   * that cannot be embedded are left out. The model must have a projection.
   */
  async *heldOutFolds(
    datasetId: number,
    { base, projection }: EmbeddingModel,
    { labelIds, signal }: { readonly labelIds?: readonly string[]; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<HeldOutFold> {
    if (projection === undefined) throw new Error(`The model ${base.name} has no projection`);
    const filter = labelIds && withLabels(labelIds);
    const count = await this.images.count(datasetId, filter);
    const sample = this.sample(datasetId, filter, ({ sha256 }) => isInFittingSample(sha256, count));
    const embedded = this.embedded(sample, base, { signal });
    const fromFew = isFittedOnFew(projection, count);
    yield* this.projections.heldOutFolds(projection, embedded, { fromFew, signal });
  }

  private async learn(about: {
    readonly datasetId: number;
    readonly base: EmbeddingModel;
    readonly sample: () => AsyncGenerator<Image>;
    readonly observer: FitObserver;
    readonly count: number;
    readonly refit: boolean;
  }): Promise<Projection> {
    const { datasetId, base, sample, observer, count, refit } = about;
    const { signal } = observer;
    const { networks, dimension } = base.spec;
    const plain = await this.projections.findLatestProjection(
      datasetId,
      await this.models.resolveModel({ networks, dimension }),
    );
    // Images that are deleted or relabelled meanwhile must not make the second reading differ from the first.
    const images: Labelled[] = [];
    const labels = new LabelSampler();
    const first = async function* (this: DatasetModels) {
      for await (const one of this.embedded(sample(), base, observer)) {
        labels.add(one);
        images.push({ sha256: one.sha256, labels: one.labels });
        yield one;
      }
      observer.onFit?.(0);
    }.bind(this);
    const again = () => this.embeddedAgain(images, base, signal);
    const feedbackCount = await this.judged.count(datasetId);
    const judged = () => this.judged.pairs({ datasetId, model: base, signal });
    return this.projections.learnProjection({
      datasetId,
      model: base,
      vectors: () => (images.length === 0 ? first() : again()),
      copiesOf: (sha256s) => this.copies(sha256s, count, base, observer),
      judged: feedbackCount >= LEAST_FEEDBACK ? judged : undefined,
      feedbackCount,
      labelSample: () => labels.take(),
      otherwise: plain !== undefined && !refit && !isOutgrown(plain, count) ? plain : undefined,
      signal,
    });
  }

  /** Whether what a projection has learnt from labels may no longer hold. */
  private async hasChanged(
    datasetId: number,
    { stats, digest }: Projection,
    { current, drift }: ModelRequest,
  ): Promise<boolean> {
    const isDrifted = drift !== undefined && drift > MUCH_DRIFT && current?.projection?.digest === digest;
    if (isDrifted && isSupervised(stats)) return true;
    const known = Math.max(LEAST_FEEDBACK / MUCH_MORE_FEEDBACK, stats.feedbackCount ?? 0);
    if ((await this.judged.count(datasetId)) >= MUCH_MORE_FEEDBACK * known) return true;
    return haveLabelsChanged(this.images, stats.labelSample ?? []);
  }

  /** Altered copies of some of the pictures. Those that cannot be made or embedded are left out. */
  private async *copies(
    sha256s: readonly string[],
    count: number,
    model: EmbeddingModel,
    observer: FitObserver,
  ): AsyncGenerator<AlteredCopy> {
    const { signal } = observer;
    const pictures = sha256s.slice(0, picturesToCopy(count));
    const inProgress: Promise<AlteredCopy[]>[] = [];
    for (let at = 0; at < pictures.length + COPIED_AT_ONCE; at += 1) {
      if (at < pictures.length) inProgress.push(this.copiesOfPicture(pictures[at]!, model, signal));
      if (at < COPIED_AT_ONCE) continue;
      const some = await inProgress.shift();
      signal?.throwIfAborted();
      observer.onFit?.(
        COPIES_FROM + ((COPIES_UNTIL - COPIES_FROM) * (at - COPIED_AT_ONCE)) / pictures.length,
      );
      yield* some ?? [];
    }
  }

  /** Never rejects. */
  private async copiesOfPicture(
    sha256: string,
    model: EmbeddingModel,
    signal?: AbortSignal,
  ): Promise<AlteredCopy[]> {
    const limits = { maxPixels: this.limits.MAX_IMAGE_PIXELS };
    const copies = await this.images
      .readBytes(sha256)
      .then((bytes) => alteredCopies(bytes, limits))
      .catch(() => []);
    const vectors = await Promise.allSettled(
      copies.map((copy) => this.embedder.embed(copy, { model, signal })),
    );
    return vectors.flatMap((result) =>
      result.status === 'fulfilled' ? [{ sha256, vector: result.value }] : [],
    );
  }

  /** The vectors of pictures that have been embedded before, from the cache. */
  private async *embeddedAgain(images: readonly Labelled[], model: EmbeddingModel, signal?: AbortSignal) {
    const items = images.map((image) => ({ ...image, open: () => this.images.readBytes(image.sha256) }));
    for await (const result of this.embedder.embedAll(items, { model, signal })) {
      if (!('vector' in result)) throw new Error(`${result.item.sha256} can no longer be embedded`);
      const { sha256, labels } = result.item;
      yield { sha256, labels, vector: result.vector };
    }
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
    const vectors = vectorsOf(this.embedded(this.sample(datasetId, undefined, isWanted), base, { signal }));
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

  /** The images with their unit vectors. Images that cannot be embedded are skipped. */
  private async *embedded(
    images: AsyncIterable<Image>,
    model: EmbeddingModel,
    observer: FitObserver,
  ): AsyncGenerator<Embedded> {
    for await (const result of this.embedder.embedAll(this.items(images), {
      model,
      signal: observer.signal,
    })) {
      if ('vector' in result) {
        observer.onImage?.();
        const { id, sha256, labels } = result.item;
        yield { id, sha256, labels, vector: result.vector };
      } else {
        observer.onImage?.({ item: result.item.externalId, ...result.error });
      }
    }
  }

  private async *items(images: AsyncIterable<Image>) {
    for await (const { id, sha256, externalId, labels } of images) {
      yield { id, sha256, externalId, labels, open: () => this.images.readBytes(sha256) };
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

interface Embedded extends Labelled {
  /** Of the image. */
  readonly id: number;
  readonly vector: Float32Array;
}

async function* endingWith<Item>(items: AsyncIterable<Item>, end: () => void): AsyncGenerator<Item> {
  yield* items;
  end();
}

async function* vectorsOf(embedded: AsyncIterable<Embedded>): AsyncGenerator<Float32Array> {
  for await (const { vector } of embedded) yield vector;
}

function isOutgrown({ stats, dimension }: Projection, count: number): boolean {
  return stats.vectors < ROUGH_BELOW * dimension && count >= OUTGROWN * stats.vectors;
}
