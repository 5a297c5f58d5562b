import { Injectable } from '@nestjs/common';
import {
  DatasetsService,
  ImageFilters,
  ImagesService,
  PictureRelations,
  type Image,
  type Relation,
} from '../../datasets/index.ts';
import { ConfiguredModel, type EmbeddingModel, type ModelIdentity } from '../../embeddings/index.ts';
import { AttributeType, matches, type AttributeValue, type Filter } from '../../filters/index.ts';
import {
  confidenceUnknown,
  groupingInvalid,
  indexesUncalibrated,
  kOutOfRange,
  minConfidenceOutOfRange,
  minScoreOutOfRange,
  vectorIndexNotFound,
} from '../search.errors.ts';
import { VectorIndex, type VectorMatch } from '../vector-index/vector-index.port.ts';
import { findViews } from './group-views.ts';
import { readLeaders } from './hit-page.ts';
import { groupKey, type Leader } from './leaders.ts';
import { NearestImages } from './nearest-images.ts';
import { Ranking } from './ranking.ts';
import { confidenceIn, isOnePicture, leastScoreIn, type ConfidenceOf } from './search-confidence.ts';
import { SearchFacets } from './search-facets.ts';
import { SearchPages, type SearchPage } from './search-pages.ts';
import { SearchPictures, type Question } from './search-pictures.ts';
import { SearchScopes, type SearchScope } from './search-scope.ts';
import {
  SEARCH_LIMITS,
  type SearchBy,
  type SearchPicture,
  type SimilarImageHit,
  type SimilarImages,
  type SimilarImagesQuery,
} from './similar-images.ts';

const NONE: readonly never[] = [];

type Filters = ReadonlyMap<number, Filter>;
type ImagesOf = (some: readonly VectorMatch[]) => Promise<ReadonlyMap<number, Image>>;

/** Finds the images of one or more datasets that look most like a picture. */
@Injectable()
export class SimilarImagesService {
  constructor(
    private readonly configured: ConfiguredModel,
    private readonly vectorIndex: VectorIndex,
    private readonly scopes: SearchScopes,
    private readonly filters: ImageFilters,
    private readonly facets: SearchFacets,
    private readonly pictures: SearchPictures,
    private readonly nearest: NearestImages,
    private readonly pages: SearchPages,
    private readonly images: ImagesService,
    private readonly datasets: DatasetsService,
    private readonly pictureRelations: PictureRelations,
  ) {}

  /** Loads the networks and opens the vector index, so that the first query does not have to wait for them. */
  async warmUp(): Promise<void> {
    await this.configured.model.openNetworks();
    await this.vectorIndex.open();
  }

  /**
   * Finds the k images that are most similar to a picture or to examples, by descending score, ties by ascending
   * image id. Images of the catalogue that are searched with are not among the hits.
   *
   * With `after`, the hits continue behind a cursor. No image is on two pages and none is left out, whatever is
   * added, changed or deleted in the meantime: a deleted image disappears, and one that was added may be missing. A
   * hit that the search for an earlier page has overlooked follows on a later one, out of order.
   *
   * Rejects with `K_OUT_OF_RANGE`, `MIN_SCORE_OUT_OF_RANGE`, `MIN_CONFIDENCE_OUT_OF_RANGE`, `CONFIDENCE_UNKNOWN`,
   * `NO_DATASETS`, `DATASET_NOT_FOUND`, `DATASET_NOT_INDEXED`, `NOTHING_INDEXED`, `MODEL_MISMATCH`, `FILTER_INVALID`, `LABEL_UNKNOWN`,
   * `ATTRIBUTE_UNKNOWN`, `GROUPING_INVALID`, `FACETS_INVALID`, `CURSOR_INVALID`, `CURSOR_EXPIRED`,
   * `IMAGE_NOT_FOUND`, `QUERY_PICTURE_NOT_FOUND`, `EXAMPLES_INVALID`, `EXAMPLES_CANCEL_OUT`, `SEARCH_UNAVAILABLE`,
   * `VECTOR_INDEX_NOT_FOUND`, `VECTOR_INDEX_FOREIGN`, `TEXT_INVALID`, `MODEL_HAS_NO_TEXT`, or the reason
   * why a picture cannot be used. Once the signal aborts, it rejects with the signal's reason before the next step.
   *
   * @example
   * const { hits } = await service.similarImages({ by: { bytes }, datasetIds: [dataset.id], k: 10 });
   * for (const { rank, score, image } of hits) console.log(rank, score, image.externalId);
   */
  async similarImages(query: SimilarImagesQuery, signal?: AbortSignal): Promise<SimilarImages> {
    const startedAt = performance.now();
    assertInRange(query);
    const answer = await this.answer(query, signal).catch((error: unknown) => {
      // The index may have been replaced and dropped in the meantime: look up its successor.
      if (!vectorIndexNotFound.is(error)) throw error;
      if (query.after !== undefined) this.pages.forget(query.after);
      return this.answer(query, signal);
    });
    return { ...answer, tookMs: performance.now() - startedAt };
  }

  /**
   * Embeds a picture, or combines examples, with the model of a dataset's index or, if `datasetId` is omitted, with
   * the configured model without a projection. The vector has unit length. Rejects with `DATASET_NOT_INDEXED`, and
   * for pictures as `similarImages` does.
   */
  async embedding(
    by: SearchBy,
    datasetId?: number,
    signal?: AbortSignal,
  ): Promise<{ vector: Float32Array; model: ModelIdentity }> {
    const model = datasetId === undefined ? this.configured.model : await this.modelOf(datasetId);
    const question = await this.pictures.question(by, signal);
    const [vector] = await question.vectors([model], model.base, signal);
    return { vector: vector!, model: model.identity };
  }

  /** Embeds a picture with the given model. The vector has unit length. */
  embedPicture(by: SearchPicture, model: EmbeddingModel, signal?: AbortSignal): Promise<Float32Array> {
    return this.pictures.embed(by, model, signal);
  }

  private async modelOf(datasetId: number): Promise<EmbeddingModel> {
    const { indexes } = await this.scopes.of([datasetId]);
    return indexes[0]!.model;
  }

  private async answer(
    query: SimilarImagesQuery,
    signal: AbortSignal | undefined,
  ): Promise<Omit<SimilarImages, 'tookMs'>> {
    const { facets = [], groupBy, k } = query;
    const scope = await this.scopes.of(query.datasetIds);
    if (query.minConfidence !== undefined) await this.assertCalibrated(query.by, scope);
    const datasetIds = scope.indexes.map(({ datasetId }) => datasetId);
    const filters: Filters =
      query.filter === undefined ? new Map() : await this.filters.resolve(query.filter, datasetIds);
    if (facets.length > 0) await this.facets.assertValid(facets, datasetIds);
    if (groupBy !== undefined) await this.assertGroupable(query, groupBy, datasetIds);
    const question = await this.pictures.question(query.by, signal);
    const page = await this.pages.open(query, question, scope, () =>
      this.begin(query, question, scope, filters, signal),
    );
    const imagesOf: ImagesOf = (some) => this.presentable(some, filters, signal);
    const { found, hasMore } = await readLeaders(page.leaders, page.from, k, imagesOf);
    const confidence = confidenceIn(scope, query.by);
    const hits = await this.hitsOf(page, { found, hasMore }, query, imagesOf, confidence);
    const counted = await this.facets.count(
      facets,
      datasetIds,
      filters,
      hits.map(({ image }) => image),
    );
    const { exact } = page.leaders.ranking;
    let relations: Promise<Relation[]> | undefined;
    const relate = () => (relations ??= this.relate(question, hits, signal));
    return { hits, hasMore, facets: counted, exact, model: scope.model, relations: relate };
  }

  /** A ranking under the vectors of the indexes' models. */
  private async begin(
    query: SimilarImagesQuery,
    question: Question,
    { indexes, base }: SearchScope,
    filters: Filters,
    signal: AbortSignal | undefined,
  ): Promise<Ranking> {
    signal?.throwIfAborted();
    const models = indexes.map(({ model }) => model);
    const vectors = await question.vectors(models, base, signal);
    signal?.throwIfAborted();
    const targets = indexes.map((index, at) => ({
      name: index.name,
      vector: vectors[at]!,
      filter: filters.get(index.datasetId),
      minScore: leastScoreIn(index, query),
      ofEntry: question.isOfImage,
    }));
    return new Ranking(this.nearest.among(targets), question.excluded);
  }

  /** The images that still exist and pass the filter: the index may lag behind, and a kept search does. */
  private async presentable(
    some: readonly VectorMatch[],
    filters: Filters,
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<number, Image>> {
    signal?.throwIfAborted();
    const images = await this.images.findByIds(some.map(({ id }) => id));
    signal?.throwIfAborted();
    if (filters.size === 0) return images;
    for (const [id, image] of images) {
      const filter = filters.get(image.datasetId);
      if (filter !== undefined && !matches(filter, image)) images.delete(id);
    }
    return images;
  }

  private async relate(
    question: Question,
    hits: readonly SimilarImageHit[],
    signal: AbortSignal | undefined,
  ): Promise<Relation[]> {
    return this.pictureRelations.relate(
      await question.related(signal),
      hits.map(({ image }) => image),
    );
  }

  private async hitsOf(
    page: SearchPage,
    { found, hasMore }: Awaited<ReturnType<typeof readLeaders>>,
    { groupBy }: SimilarImagesQuery,
    imagesOf: ImagesOf,
    confidenceOf: ConfidenceOf,
  ): Promise<SimilarImageHit[]> {
    const leaders = found.map(({ leader }) => leader);
    const views =
      groupBy === undefined
        ? undefined
        : await findViews(
            page.leaders.ranking,
            leaders,
            { attribute: groupBy.attribute, count: groupBy.views },
            imagesOf,
          );
    const cursorOf = this.pages.close(page, found, hasMore);
    return found.map(({ leader, image }, at) => {
      const { group } = leader;
      const others = group === undefined ? undefined : views?.get(groupKey(group));
      return new Hit(
        leader,
        image,
        page.shown + at + 1,
        others?.map((view) => ({
          ...view,
          confidence: confidenceOf(view.image.datasetId, view.score),
        })) ?? NONE,
        confidenceOf,
        () => cursorOf(at),
      );
    });
  }

  /** The page might show nothing at all otherwise, and nobody would know why. */
  private async assertCalibrated(by: SearchBy, { indexes }: SearchScope): Promise<void> {
    if (!isOnePicture(by)) throw confidenceUnknown();
    const missing = indexes.filter(({ curve }) => curve === undefined);
    if (missing.length === 0) return;
    const datasets = missing.map(async ({ datasetId }) => (await this.datasets.get(datasetId)).name);
    throw indexesUncalibrated(await Promise.all(datasets));
  }

  private async assertGroupable(
    { collapseDuplicates }: SimilarImagesQuery,
    { attribute, views }: { readonly attribute: string; readonly views: number },
    datasetIds: readonly number[],
  ): Promise<void> {
    const max = SEARCH_LIMITS.views;
    if (!Number.isInteger(views) || views < 0 || views > max) {
      throw groupingInvalid(`"views" must be from 0 to ${max}, not ${views}`);
    }
    if (collapseDuplicates === true) {
      throw groupingInvalid('"collapseDuplicates" and "groupBy" cannot be combined');
    }
    const types = await this.filters.assertAttributeKnown(datasetIds, attribute);
    if (types.has(AttributeType.STRINGS)) {
      throw groupingInvalid(`"${attribute}" is a list, and an image can be in one group only`);
    }
  }
}

/** Computes the confidence and the cursor only if they are read, through the class: V8 makes objects with getters of their own slowly. */
class Hit implements SimilarImageHit {
  readonly score: number;
  readonly duplicateIds: readonly number[];
  readonly group: AttributeValue | null;
  readonly #confidenceOf: ConfidenceOf;
  readonly #cursorOf: () => string;

  constructor(
    { score, duplicateIds, group }: Leader,
    readonly image: Image,
    readonly rank: number,
    readonly views: SimilarImageHit['views'],
    confidenceOf: ConfidenceOf,
    cursorOf: () => string,
  ) {
    this.#confidenceOf = confidenceOf;
    this.#cursorOf = cursorOf;
    this.score = score;
    this.duplicateIds = duplicateIds ?? NONE;
    this.group = group ?? null;
  }

  get confidence(): number | null {
    return this.#confidenceOf(this.image.datasetId, this.score);
  }

  get cursor(): string {
    return this.#cursorOf();
  }
}

function assertInRange({ k, minScore, minConfidence }: SimilarImagesQuery): void {
  const max = SEARCH_LIMITS.hits;
  if (!Number.isInteger(k) || k < 1 || k > max) throw kOutOfRange(k, max);
  if (minScore !== undefined && !(minScore >= -1 && minScore <= 1)) throw minScoreOutOfRange(minScore);
  if (minConfidence !== undefined && !(minConfidence >= 0 && minConfidence <= 1)) {
    throw minConfidenceOutOfRange(minConfidence);
  }
}
