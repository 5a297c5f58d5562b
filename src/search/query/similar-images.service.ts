import { Injectable } from '@nestjs/common';
import { DatasetsService, DuplicatesService, ImagesService, type Image } from '../../datasets/index.ts';
import {
  ConfiguredModel,
  Embedder,
  EmbeddingModels,
  type EmbeddingModel,
  type ModelIdentity,
} from '../../embeddings/index.ts';
import { withLabels } from '../../filters/index.ts';
import { IndexRepository, type DatasetIndex } from '../indexing/index.repository.ts';
import {
  datasetNotIndexed,
  kOutOfRange,
  minScoreOutOfRange,
  modelMismatch,
  noDatasets,
  nothingIndexed,
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

/** The most hits that a search returns. */
export const MAX_K = 1_000;

/** Finds the images of one or more datasets that look most like a picture. */
@Injectable()
export class SimilarImagesService {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly images: ImagesService,
    private readonly duplicates: DuplicatesService,
    private readonly configured: ConfiguredModel,
    private readonly models: EmbeddingModels,
    private readonly embedder: Embedder,
    private readonly indexes: IndexRepository,
    private readonly vectorIndex: VectorIndex,
  ) {}

  /** Loads the networks and opens the vector index, so that the first query does not have to wait for them. */
  async warmUp(): Promise<void> {
    await this.configured.model.openNetworks();
    await this.vectorIndex.open();
  }

  /**
   * Finds the k images that are most similar to a picture, by descending score, ties by ascending image id.
   * If the query is an image of the catalogue, it is not one of its own hits.
   *
   * Rejects with `K_OUT_OF_RANGE`, `MIN_SCORE_OUT_OF_RANGE`, `NO_DATASETS`, `DATASET_NOT_FOUND`,
   * `DATASET_NOT_INDEXED`,   * `NOTHING_INDEXED`, `MODEL_MISMATCH`, `LABEL_UNKNOWN`, `IMAGE_NOT_FOUND`, `SEARCH_UNAVAILABLE`,
   * `VECTOR_INDEX_NOT_FOUND`, `VECTOR_INDEX_FOREIGN`, or the reason why the picture cannot be used. Once the
   * signal aborts, it rejects with the signal's reason before the next step.
   *
   * @example
   * const { hits } = await service.similarImages({ by: { bytes }, datasetIds: [dataset.id], k: 10 });
   * for (const { rank, score, image } of hits) console.log(rank, score, image.externalId);
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
      // The index may have been replaced and dropped in the meantime: look up its successor.
      if (!isIndexNotFound(error)) throw error;
      return this.answer(await this.indexesToSearch(query.datasetIds), query, signal);
    });
    return { ...answer, tookMs: performance.now() - startedAt };
  }

  /**
   * Embeds a picture with the model of a dataset's index or, if `datasetId` is omitted, with the configured
   * model without a projection. The vector has unit length. Rejects with `DATASET_NOT_INDEXED`.
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
    return { vector: await this.embedPicture(by, model, signal), model: model.identity };
  }

  /** Embeds a picture with the given model. The vector has unit length. */
  async embedPicture(by: QueryPicture, model: EmbeddingModel, signal?: AbortSignal): Promise<Float32Array> {
    if ('bytes' in by) return this.embedder.embed(by.bytes, { model, region: by.region, signal });
    const image = await this.images.get(by.imageId);
    const open = () => this.images.readBytes(image.sha256);
    if (by.region !== undefined) {
      return this.embedder.embed(await open(), { model, region: by.region, signal });
    }
    return this.embedder.embedStored({ sha256: image.sha256, open }, { model, signal });
  }

  /** The indexes of the datasets, or of all that have one. Throws unless all of them use the same networks. */
  private async indexesToSearch(datasetIds: readonly number[] | undefined): Promise<DatasetIndex[]> {
    const indexes = await this.indexes.listReady(datasetIds);
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

  /** Embeds the picture once and projects the vector for each index. */
  private async answer(
    indexes: readonly DatasetIndex[],
    query: SimilarImagesQuery,
    signal: AbortSignal | undefined,
  ): Promise<Omit<SimilarImages, 'tookMs'>> {
    signal?.throwIfAborted();
    const models = await Promise.all(indexes.map(({ model }) => this.models.modelOfIdentity(model)));
    const [first] = models;
    if (first === undefined) throw nothingIndexed();
    const whole = await this.embedPicture(query.by, first.base, signal);
    const targets = indexes.map(({ name }, at) => ({
      name,
      vector: models[at]?.projection?.apply(whole) ?? whole,
    }));
    const isSameModel = models.every(({ identity }) => identity.key === first.identity.key);
    const model = isSameModel ? first.identity : first.base.identity;
    return { ...(await this.nearest(targets, query, signal)), model };
  }

  private async nearest(
    targets: readonly { readonly name: string; readonly vector: Float32Array }[],
    query: SimilarImagesQuery,
    signal: AbortSignal | undefined,
  ): Promise<{ hits: SimilarImageHit[]; exact: boolean }> {
    const { by, k, labels, minScore = -1, collapseDuplicates = false } = query;
    const excludeId = excludedBy(by);
    const filter = labels && withLabels(labels);
    // An index may still contain an image that is being deleted, so more hits may be needed than k. Duplicates
    // are collapsed until the next group begins, so that the last hit knows all of its duplicates.
    const first = collapseDuplicates ? Math.min(k * 2, MAX_K) : k;
    for (let wanted = first; ; wanted = Math.min(wanted * 2, MAX_K)) {
      signal?.throwIfAborted();
      const results = await Promise.all(
        targets.map(({ name, vector }) =>
          this.vectorIndex.search(name, { vector, k: wanted, filter, excludeId }),
        ),
      );
      signal?.throwIfAborted();
      const found = results.flatMap((result) => result.matches).sort(byScoreThenId);
      // Beyond `wanted`, the order is incomplete: each index has returned that many at most.
      const matches = found.slice(0, wanted);
      const images = await this.images.findByIds(matches.map(({ id }) => id));
      signal?.throwIfAborted();
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

  /** The best k candidates, each with its duplicates. `full` means that a further group has begun. */
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

/** Scores of two indexes can be compared if their models have equal keys: same networks, same projected length. */
function comparableWith({ networks, projection, dimension }: ModelIdentity): string {
  return `${networks.map(({ key }) => key).join('+')}@${projection === undefined ? '' : dimension}`;
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
