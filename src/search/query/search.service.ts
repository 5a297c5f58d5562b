import { Injectable } from '@nestjs/common';
import { DatasetsService, DuplicatesService, ImagesService, type Image } from '../../datasets/index.ts';
import {
  ConfiguredModel,
  Embedder,
  EmbeddingModels,
  Projections,
  type EmbeddingModel,
  type ModelIdentity,
  type Projection,
} from '../../embeddings/index.ts';
import { JobKind, JobQueue, type Job } from '../../jobs/index.ts';
import type { BuildIndexInput } from '../indexing/build-index.job.ts';
import { DatasetIndexes, type DatasetIndex } from '../indexing/dataset-indexes.ts';
import { IndexRemoval } from '../indexing/index-removal.ts';
import {
  datasetNotIndexed,
  indexBuildActive,
  kOutOfRange,
  minScoreOutOfRange,
  modelMismatch,
  noDatasets,
  nothingIndexed,
  vectorIndexForeign,
  vectorIndexNotFound,
} from '../search.errors.ts';
import {
  excludedBy,
  type QueryPicture,
  type SimilarImageHit,
  type SimilarImages,
  type SimilarImagesQuery,
} from './similar-images.ts';
import { VectorIndex, type VectorMatch } from '../vector-index/vector-index.port.ts';

export const MAX_K = 1_000;

export interface IndexStatus extends DatasetIndex {
  /** Images in the index. */
  readonly indexed: number;
  /** Images that changed since and are not in it yet. */
  readonly pending: number;
}

/** Finds the pictures that look like one, and has the indexes built that this takes. */
@Injectable()
export class SearchService {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly images: ImagesService,
    private readonly duplicates: DuplicatesService,
    private readonly configured: ConfiguredModel,
    private readonly models: EmbeddingModels,
    private readonly embedder: Embedder,
    private readonly projections: Projections,
    private readonly indexes: DatasetIndexes,
    private readonly removal: IndexRemoval,
    private readonly vectorIndex: VectorIndex,
    private readonly jobs: JobQueue,
  ) {}

  /** Makes ready to answer, so that the first query waits for nothing. Rejects where that cannot be. */
  async open(): Promise<void> {
    await this.configured.model.openNetworks();
    await this.vectorIndex.open();
  }

  /**
   * The k images most similar to a picture, by falling score, ties by rising image id. An image
   * that is searched with is not among its own hits.
   *
   * Rejects with `K_OUT_OF_RANGE`, `MIN_SCORE_OUT_OF_RANGE`, `NO_DATASETS`, `DATASET_NOT_FOUND`,
   * `DATASET_NOT_INDEXED`, `NOTHING_INDEXED`, `MODEL_MISMATCH`, `LABEL_UNKNOWN`, `IMAGE_NOT_FOUND`, `SEARCH_UNAVAILABLE`,
   * `VECTOR_INDEX_NOT_FOUND`, `VECTOR_INDEX_FOREIGN`, and what is wrong with the picture. Once the signal
   * aborts, it rejects with the signal's reason before the next step.
   */
  async similarImages(query: SimilarImagesQuery, signal?: AbortSignal): Promise<SimilarImages> {
    const startedAt = performance.now();
    assertInRange(query);
    const indexes = await this.indexesToSearch(query.datasetIds);
    if (query.labels !== undefined) {
      await this.datasets.assertLabelsKnown(
        indexes.map(({ datasetId }) => datasetId),
        query.labels,
      );
    }
    const answer = await this.answer(indexes, query, signal).catch(async (error: unknown) => {
      // Another index may have taken the place of this one meanwhile.
      if (!isIndexNotFound(error)) throw error;
      return this.answer(await this.indexesToSearch(query.datasetIds), query, signal);
    });
    return { ...answer, tookMs: performance.now() - startedAt };
  }

  /**
   * The embedding of a picture, of unit length, under the model of a dataset's index, or under the
   * configured one without a projection. Rejects with `DATASET_NOT_INDEXED`.
   */
  async embedding(
    by: QueryPicture,
    datasetId?: number,
    signal?: AbortSignal,
  ): Promise<{ vector: Float32Array; model: ModelIdentity }> {
    let { model } = this.configured;
    if (datasetId !== undefined) {
      const [index] = await this.indexesToSearch([datasetId]);
      if (index !== undefined) model = await this.models.modelOfIdentity(index.model);
    }
    return { vector: await this.embed(by, model, signal), model: model.identity };
  }

  /** The unit vector of a picture under a model. */
  async embed(by: QueryPicture, model: EmbeddingModel, signal?: AbortSignal): Promise<Float32Array> {
    if ('bytes' in by) return this.embedder.embed(by.bytes, { model, region: by.region, signal });
    const image = await this.images.get(by.imageId);
    const open = () => this.images.readBytes(image.sha256);
    if (by.region !== undefined) {
      return this.embedder.embed(await open(), { model, region: by.region, signal });
    }
    return this.embedder.embedStored({ sha256: image.sha256, open }, { model, signal });
  }

  /**
   * Asks for an index of a dataset to be built or brought up to date.
   *
   * Rejects with `DATASET_NOT_FOUND`, `LABEL_UNKNOWN`, `MODEL_SPEC_INVALID`, `MODEL_UNKNOWN`.
   */
  async enqueueBuild({ datasetId, ...input }: BuildIndexInput & { datasetId: number }): Promise<Job> {
    const { id } = await this.datasets.get(datasetId);
    if (input.model !== undefined) this.models.checkSpec(input.model);
    if (input.labelIds !== undefined) await this.datasets.assertLabelsKnown([id], input.labelIds);
    return this.jobs.enqueue({ kind: JobKind.BUILD_INDEX, datasetId: id, input });
  }

  /** How far the index of a dataset is; null where none was asked for. */
  async indexStatus(datasetId: number): Promise<IndexStatus | null> {
    const all = await this.indexes.ofDataset(datasetId);
    const index = all.find(({ ready }) => ready) ?? all[0];
    return index === undefined ? null : this.statusOf(index);
  }

  /** All indexes of a dataset, the newest first: also one that is being built, and those that were replaced. */
  async indexStatuses(datasetId: number): Promise<IndexStatus[]> {
    return Promise.all((await this.indexes.ofDataset(datasetId)).map((index) => this.statusOf(index)));
  }

  /**
   * Drops the indexes of a dataset that others have replaced, and builds that were given up beside the
   * one that answers; says how many. Rejects with `INDEX_BUILD_ACTIVE` while one is under way.
   */
  async dropReplaced(datasetId: number): Promise<number> {
    const { id, name: dataset } = await this.datasets.get(datasetId);
    if (await this.jobs.hasActive(id, JobKind.BUILD_INDEX)) throw indexBuildActive(dataset);
    const all = await this.indexes.ofDataset(id);
    const isNeeded = (index: DatasetIndex) =>
      index.ready || !(index.replaced || all.some(({ ready }) => ready));
    const dropped = all.filter((index) => !isNeeded(index));
    for (const index of dropped) {
      await this.removal.remove(index);
    }
    const kept = all.filter(isNeeded).flatMap(({ model }) => model.projection ?? []);
    await this.projections.forgetProjections(
      id,
      kept.map(({ digest }) => digest),
    );
    return dropped.length;
  }

  private async statusOf(index: DatasetIndex): Promise<IndexStatus> {
    return {
      ...index,
      indexed: await this.countOf(index),
      pending: await this.images.countChangesAfter(index.datasetId, index.checkpoint),
    };
  }

  /** Bytes that an index takes on disk, about; none if somebody has deleted it on its server. */
  async sizeOf({ name }: DatasetIndex): Promise<number> {
    return this.noneWhereMissing(() => this.vectorIndex.sizeOf(name));
  }

  /** What is known of the projection of an index's model, where it has one that is still there. */
  async projectionOf({ model }: DatasetIndex): Promise<Projection | undefined> {
    return model.projection && this.projections.findProjection(model.projection.digest);
  }

  private async countOf({ name }: DatasetIndex): Promise<number> {
    return this.noneWhereMissing(() => this.vectorIndex.count(name));
  }

  private async noneWhereMissing(ask: () => Promise<number>): Promise<number> {
    try {
      return await ask();
    } catch (error) {
      if (isIndexNotFound(error) || isIndexForeign(error)) return 0;
      throw error;
    }
  }

  /** The indexes that answer a query, all under the same networks. */
  private async indexesToSearch(datasetIds: readonly number[] | undefined): Promise<DatasetIndex[]> {
    const indexes = await this.indexes.ready(datasetIds);
    if (datasetIds !== undefined) {
      if (datasetIds.length === 0) throw noDatasets();
      for (const id of datasetIds) {
        const { name } = await this.datasets.get(id);
        if (!indexes.some(({ datasetId }) => datasetId === id)) throw datasetNotIndexed(name);
      }
    } else if (indexes.length === 0) {
      throw nothingIndexed();
    }
    const comparable = new Set(indexes.map(({ model }) => comparableWith(model)));
    if (comparable.size > 1) throw modelMismatch(await this.withNames(indexes));
    return indexes;
  }

  private async withNames(
    indexes: readonly DatasetIndex[],
  ): Promise<{ dataset: string; model: ModelIdentity }[]> {
    return Promise.all(
      indexes.map(async ({ datasetId, model }) => ({
        dataset: (await this.datasets.get(datasetId)).name,
        model,
      })),
    );
  }

  /** Embeds the picture once; each index has it under its own projection. */
  private async answer(
    indexes: readonly DatasetIndex[],
    query: SimilarImagesQuery,
    signal: AbortSignal | undefined,
  ): Promise<Omit<SimilarImages, 'tookMs'>> {
    signal?.throwIfAborted();
    const models = await Promise.all(indexes.map(({ model }) => this.models.modelOfIdentity(model)));
    const [first] = models;
    if (first === undefined) throw nothingIndexed();
    const whole = await this.embed(query.by, first.base, signal);
    const targets = indexes.map(({ name }, at) => ({
      name,
      vector: models[at]?.projection?.apply(whole) ?? whole,
    }));
    const isOne = models.every(({ identity }) => identity.key === first.identity.key);
    const model = isOne ? first.identity : first.base.identity;
    return { ...(await this.nearest(targets, query, signal)), model };
  }

  private async nearest(
    targets: readonly { readonly name: string; readonly vector: Float32Array }[],
    query: SimilarImagesQuery,
    signal: AbortSignal | undefined,
  ): Promise<{ hits: SimilarImageHit[]; exact: boolean }> {
    const { by, k, labels, minScore = -1, collapseDuplicates = false } = query;
    const excludeId = excludedBy(by);
    // An index may name an image that is just being deleted: then a few more make up for it. And
    // hits are collapsed until the next group begins, so that the last one has all its duplicates.
    const first = collapseDuplicates ? Math.min(k * 2, MAX_K) : k;
    for (let wanted = first; ; wanted = Math.min(wanted * 2, MAX_K)) {
      signal?.throwIfAborted();
      const results = await Promise.all(
        targets.map(({ name, vector }) =>
          this.vectorIndex.search(name, { vector, k: wanted, labels, excludeId }),
        ),
      );
      const found = results.flatMap((result) => result.matches).sort(byScoreThenId);
      // Further down, what an index left out for another's might be missing.
      const matches = found.slice(0, wanted);
      const images = await this.images.byIds(matches.map(({ id }) => id));
      const candidates = matches.flatMap(({ id, score }) => {
        const image = images.get(id);
        return image === undefined || score < minScore ? [] : [{ score, image }];
      });
      const { hits, full } = collapseDuplicates
        ? await this.collapsed(candidates, k)
        : { hits: ranked(candidates.slice(0, k)), full: candidates.length >= k };
      const exhausted = found.length < wanted;
      const belowMinScore = candidates.length < images.size;
      if (full || exhausted || belowMinScore || wanted === MAX_K) {
        return { hits, exact: results.every(({ exact }) => exact) };
      }
    }
  }

  /** The best k of the candidates, each with those it duplicates; `full` once another group has begun. */
  private async collapsed(
    candidates: readonly Candidate[],
    k: number,
  ): Promise<{ hits: SimilarImageHit[]; full: boolean }> {
    const firsts = await this.duplicates.firstsAmong(candidates.map(({ image }) => image));
    const kept: Candidate[] = [];
    const leftOut = new Map<number, number[]>();
    for (const candidate of candidates) {
      const { id } = candidate.image;
      const first = firsts.get(id) ?? id;
      if (first !== id) leftOut.get(first)?.push(id);
      else if (kept.length === k) return { hits: ranked(kept, leftOut), full: true };
      else {
        kept.push(candidate);
        leftOut.set(id, []);
      }
    }
    return { hits: ranked(kept, leftOut), full: false };
  }
}

interface Candidate {
  readonly score: number;
  readonly image: Image;
}

function ranked(
  candidates: readonly Candidate[],
  leftOut: ReadonlyMap<number, readonly number[]> = new Map(),
): SimilarImageHit[] {
  return candidates.map(({ score, image }, at) => ({
    rank: at + 1,
    score,
    image,
    duplicateIds: leftOut.get(image.id) ?? [],
  }));
}

/** Scores under equal ones may be set against each other: the same networks, shortened to as many numbers. */
function comparableWith({ networks, projection, dimension }: ModelIdentity): string {
  return `${networks.map(({ key }) => key).join('+')}@${projection === undefined ? '' : dimension}`;
}

function isIndexForeign(error: unknown): boolean {
  return vectorIndexForeign.is(error);
}

function isIndexNotFound(error: unknown): boolean {
  return vectorIndexNotFound.is(error);
}

function assertInRange({ k, minScore }: SimilarImagesQuery): void {
  if (!Number.isInteger(k) || k < 1 || k > MAX_K) throw kOutOfRange(k, MAX_K);
  if (minScore !== undefined && !(minScore >= -1 && minScore <= 1)) throw minScoreOutOfRange(minScore);
}

function byScoreThenId(a: VectorMatch, b: VectorMatch): number {
  return b.score - a.score || a.id - b.id;
}
