import { pagesAfter } from '../../common/index.ts';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { PageRows } from '../../common/index.ts';
import {
  DatasetEvents,
  ImagesService,
  type DatasetListener,
  type Image,
  type ImagesChanged,
  type SearchOutcomes,
} from '../../datasets/index.ts';
import type { Region } from '../../embeddings/index.ts';
import { QueryPictures } from '../query-pictures/query-pictures.service.ts';
import { SearchPictures } from '../query/search-pictures.ts';
import { SearchScopes } from '../query/search-scope.ts';
import { feedbackInvalid } from '../search.errors.ts';
import { FeedbackConfig } from './feedback.config.ts';
import { FeedbackRepository, type QueryFeatures } from './feedback.repository.ts';
import { queryKeyOf, type Feedback, type JudgedQuery, type Verdict } from './feedback.ts';

const LONGEST_CLIENT_KEY = 200;
const PAGE = 1_000;

export interface FeedbackToRecord {
  readonly query: ({ readonly imageId: number } | { readonly queryPictureId: string }) & {
    readonly region?: Region;
  };
  readonly image: Image;
  readonly verdict: Verdict;
  readonly clientKey?: string;
}

/** A verdict whose image, and that it was searched with if it is one of the catalogue, still exist. */
export interface KnownFeedback extends Feedback {
  readonly image: Image;
  readonly queryImage: Image | undefined;
}

/** Keeps what people say about hits. It is gone with the images that it is about, and when their bytes are replaced. */
@Injectable()
export class FeedbackService implements DatasetListener, OnModuleInit {
  constructor(
    private readonly events: DatasetEvents,
    private readonly images: ImagesService,
    private readonly pictures: QueryPictures,
    private readonly searchPictures: SearchPictures,
    private readonly scopes: SearchScopes,
    private readonly repository: FeedbackRepository,
    private readonly config: FeedbackConfig,
  ) {}

  onModuleInit(): void {
    this.events.subscribe(this);
  }

  /**
   * Records a verdict, in place of an earlier one about the same query and image. Of a query picture, which expires,
   * the features are kept as long as the verdict.
   *
   * Rejects with `FEEDBACK_INVALID`, `IMAGE_NOT_FOUND`, `QUERY_PICTURE_NOT_FOUND`, `DATASET_NOT_INDEXED` if a picture
   * cannot have been searched with, and as embedding it does.
   */
  async record(
    { query, image, verdict, clientKey }: FeedbackToRecord,
    signal?: AbortSignal,
  ): Promise<KnownFeedback> {
    if (clientKey !== undefined && (clientKey.length < 1 || clientKey.length > LONGEST_CLIENT_KEY)) {
      throw feedbackInvalid(`"clientKey" must have 1 to ${LONGEST_CLIENT_KEY} characters`);
    }
    const { region } = query;
    const part = region === undefined ? {} : { region };
    let judged: JudgedQuery;
    let features: QueryFeatures | undefined;
    let queryImage: Image | undefined;
    if ('imageId' in query) {
      if (query.imageId === image.id) throw feedbackInvalid('an image is not one of its own hits');
      queryImage = await this.images.get(query.imageId);
      judged = { imageId: query.imageId, ...part };
    } else {
      const { base } = await this.scopes.of([image.datasetId]);
      const { sha256 } = await this.pictures.get(query.queryPictureId);
      const vector = await this.searchPictures.embed(query, base, signal);
      features = { model: base.identity.key, vector };
      judged = { pictureSha256: sha256, ...part };
    }
    const { datasetId, id: imageId } = image;
    const entry = {
      datasetId,
      query: judged,
      imageId,
      verdict,
      clientKey: clientKey ?? null,
      judgedAt: new Date(),
    };
    const recorded = await this.repository.put(entry, features, this.config.FEEDBACK_MAX_VERDICTS);
    return { ...recorded, image, queryImage };
  }

  /** A page of the verdicts of a dataset, in the order in which they were made. */
  async list(datasetId: number, page: PageRows): Promise<KnownFeedback[]> {
    return this.withImages(await this.repository.list(datasetId, page));
  }

  count(datasetId: number): Promise<number> {
    return this.repository.count(datasetId);
  }

  /** All verdicts of a dataset, oldest first. */
  async *all(datasetId: number): AsyncGenerator<KnownFeedback> {
    const pages = pagesAfter({
      start: undefined as number | undefined,
      list: (after) =>
        this.repository.list(datasetId, { after, before: undefined, limit: PAGE, backwards: false }),
      keyOf: ({ id }) => id,
    });
    for await (const rows of pages) yield* await this.withImages(rows);
  }

  /** Ignores unknown ids. Returns the ids of those that existed. */
  delete(ids: readonly number[]): Promise<number[]> {
    return this.repository.delete(ids);
  }

  /** What is kept of a picture that was searched with. */
  featuresOf(query: JudgedQuery): Promise<QueryFeatures[]> {
    return this.repository.featuresOf(queryKeyOf(query));
  }

  async imagesChanged({ changed, deleted }: ImagesChanged): Promise<SearchOutcomes> {
    const judged = await this.repository.judgedAmong(changed);
    const changes = judged.length === 0 ? [] : await this.images.changesOf(judged);
    const replaced = changes.filter((one) => !one.deleted && one.pictureChange === one.change);
    await this.repository.deleteOfImages([...deleted, ...replaced.map(({ imageId }) => imageId)]);
    return new Map();
  }

  async datasetDeleting(datasetId: number): Promise<void> {
    await this.repository.deleteOfDataset(datasetId);
  }

  async filesRemoved(): Promise<void> {
    // Verdicts have no files.
  }

  /** Without those whose images are gone, which a process that was killed, or the end of a dataset, may leave behind. */
  private async withImages(rows: readonly Feedback[]): Promise<KnownFeedback[]> {
    const ids = rows.flatMap(({ imageId, query }) =>
      'imageId' in query ? [imageId, query.imageId] : [imageId],
    );
    const images = await this.images.findByIds([...new Set(ids)]);
    return rows.flatMap((row): KnownFeedback[] => {
      const image = images.get(row.imageId);
      const queryImage = 'imageId' in row.query ? images.get(row.query.imageId) : undefined;
      if (image === undefined || ('imageId' in row.query && queryImage === undefined)) return [];
      return [{ ...row, image, queryImage }];
    });
  }
}
