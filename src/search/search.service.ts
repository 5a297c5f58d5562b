import { Injectable } from '@nestjs/common';
import { AppError } from '../common/index.ts';
import { DatasetsService, DuplicatesService, ImagesService, type Image } from '../datasets/index.ts';
import { EmbeddingsService, type ModelIdentity } from '../embeddings/index.ts';
import { JobKind, JobQueue, type Job } from '../jobs/index.ts';
import { DatasetIndexes, type DatasetIndex } from './dataset-indexes.ts';
import {
  datasetNotIndexed,
  kOutOfRange,
  minScoreOutOfRange,
  modelMismatch,
  nothingIndexed,
} from './search.errors.ts';
import type { QueryPicture, SimilarImageHit, SimilarImages, SimilarImagesQuery } from './similar-images.ts';
import { VectorIndex, type VectorMatch } from './vector-index.port.ts';

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
    private readonly embeddings: EmbeddingsService,
    private readonly indexes: DatasetIndexes,
    private readonly vectorIndex: VectorIndex,
    private readonly jobs: JobQueue,
  ) {}

  /** Makes ready to answer, so that the first query waits for nothing. Rejects where that cannot be. */
  async open(): Promise<void> {
    await this.embeddings.open();
    await this.vectorIndex.open();
  }

  /**
   * The k images most similar to a picture, by falling score, ties by rising image id. An image
   * that is searched with is not among its own hits.
   *
   * Rejects with `K_OUT_OF_RANGE`, `MIN_SCORE_OUT_OF_RANGE`, `DATASET_NOT_FOUND`, `DATASET_NOT_INDEXED`,
   * `NOTHING_INDEXED`, `MODEL_MISMATCH`, `LABEL_UNKNOWN`, `IMAGE_NOT_FOUND`, `SEARCH_UNAVAILABLE`, and what is
   * wrong with the picture.
   */
  async similarImages(query: SimilarImagesQuery): Promise<SimilarImages> {
    const startedAt = performance.now();
    assertInRange(query);
    const indexes = await this.indexesToSearch(query.datasetIds);
    if (query.labels !== undefined) {
      await this.datasets.assertLabelsKnown(
        indexes.map(({ datasetId }) => datasetId),
        query.labels,
      );
    }
    const vector = await this.vectorOf(query.by);
    const { hits, exact } = await this.nearest(indexes, vector, query).catch(async (error: unknown) => {
      // Another index may have taken the place of this one meanwhile.
      if (!isIndexNotFound(error)) throw error;
      return this.nearest(await this.indexesToSearch(query.datasetIds), vector, query);
    });
    return { hits, exact, model: this.embeddings.identity, tookMs: performance.now() - startedAt };
  }

  /** The embedding of a picture under the configured model: unit length. */
  async vectorOf(by: QueryPicture): Promise<Float32Array> {
    if ('bytes' in by) return this.embeddings.embed(by.bytes, { region: by.region });
    const image = await this.images.get(by.imageId);
    const open = () => this.images.readBytes(image.sha256);
    return this.embeddings.embedStored({ sha256: image.sha256, open });
  }

  /**
   * Asks for an index of a dataset to be built or brought up to date.
   *
   * Rejects with `DATASET_NOT_FOUND`, `LABEL_UNKNOWN`, `MODEL_UNKNOWN`.
   */
  async enqueueBuild(request: {
    datasetId: number;
    /** Model id; the configured one where it is absent. */
    model?: string;
    labelIds?: readonly string[];
    rebuild?: boolean;
  }): Promise<Job> {
    const { id } = await this.datasets.get(request.datasetId);
    const { identity: model } = await this.embeddings.resolve(request.model);
    if (request.labelIds !== undefined) await this.datasets.assertLabelsKnown([id], request.labelIds);
    const input = { model: model.key, labelIds: request.labelIds, rebuild: request.rebuild };
    return this.jobs.enqueue({ kind: JobKind.BUILD_INDEX, datasetId: id, input });
  }

  /** How far the index of a dataset is; null where none was asked for. */
  async indexStatus(datasetId: number): Promise<IndexStatus | null> {
    const all = await this.indexes.ofDataset(datasetId);
    const index = all.find(({ ready }) => ready) ?? all[0];
    if (index === undefined) return null;
    return {
      ...index,
      indexed: await this.countOf(index),
      pending: await this.images.countChangesAfter(datasetId, index.checkpoint),
    };
  }

  /** None where somebody has deleted the index on its server. */
  private async countOf({ name }: DatasetIndex): Promise<number> {
    try {
      return await this.vectorIndex.count(name);
    } catch (error) {
      if (isIndexNotFound(error)) return 0;
      throw error;
    }
  }

  /** The indexes that answer a query, all under the model that embeds it. */
  private async indexesToSearch(datasetIds: readonly number[] | undefined): Promise<DatasetIndex[]> {
    const indexes = await this.indexes.ready(datasetIds);
    const { identity } = this.embeddings;
    if (datasetIds !== undefined) {
      for (const id of datasetIds) {
        const { name } = await this.datasets.get(id);
        if (!indexes.some(({ datasetId }) => datasetId === id)) throw datasetNotIndexed(name);
      }
    } else if (indexes.length === 0) {
      throw nothingIndexed();
    }
    const foreign = indexes.filter(({ model }) => model.key !== identity.key);
    if (foreign.length > 0) throw modelMismatch(identity, await this.withNames(foreign));
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

  private async nearest(
    indexes: readonly DatasetIndex[],
    vector: Float32Array,
    query: SimilarImagesQuery,
  ): Promise<{ hits: SimilarImageHit[]; exact: boolean }> {
    const { by, k, labels, minScore = -1, collapseDuplicates = false } = query;
    const excludeId = 'imageId' in by ? by.imageId : undefined;
    // An index may name an image that is just being deleted: then a few more make up for it. And
    // hits are collapsed until the next group begins, so that the last one has all its duplicates.
    const first = collapseDuplicates ? Math.min(k * 2, MAX_K) : k;
    for (let wanted = first; ; wanted = Math.min(wanted * 2, MAX_K)) {
      const results = await Promise.all(
        indexes.map(({ name }) => this.vectorIndex.search(name, { vector, k: wanted, labels, excludeId })),
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

function isIndexNotFound(error: unknown): boolean {
  return error instanceof AppError && error.code === 'VECTOR_INDEX_NOT_FOUND';
}

function assertInRange({ k, minScore }: SimilarImagesQuery): void {
  if (!Number.isInteger(k) || k < 1 || k > MAX_K) throw kOutOfRange(k, MAX_K);
  if (minScore !== undefined && !(minScore >= -1 && minScore <= 1)) throw minScoreOutOfRange(minScore);
}

function byScoreThenId(a: VectorMatch, b: VectorMatch): number {
  return b.score - a.score || a.id - b.id;
}
