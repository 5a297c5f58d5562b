import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { isStorageFull, messageOf, storageFull, type AppError } from '../../common/index.ts';
import {
  DatasetEvents,
  DatasetsService,
  type DatasetListener,
  type ImageChange,
  type ImagesChanged,
  ImagesService,
  type SearchOutcomes,
} from '../../datasets/index.ts';
import { locked } from '../../database/index.ts';
import { EmbeddingStore, modelNotLoaded, projectionMissing, Projections } from '../../embeddings/index.ts';
import { type DatasetIndex, IndexRepository } from './index.repository.ts';
import { IndexRemoval } from './index-removal.ts';
import { IndexContents } from './index-contents.ts';
import { IndexWriter } from './index-writer.ts';
import { WrittenChanges } from './written-changes.ts';
import {
  datasetNotIndexed,
  searchUnavailable,
  vectorIndexForeign,
  vectorIndexNotFound,
} from '../search.errors.ts';

/** The index or its model is not available: the next build will catch up. */
const LEFT_TO_NEXT_BUILD = [
  locked,
  searchUnavailable,
  vectorIndexNotFound,
  vectorIndexForeign,
  modelNotLoaded,
  projectionMissing,
];

/**
 * Updates indexes when the API changes single images: an image can be found as soon as the call that added it
 * returns, and no longer once the call that deleted it returns. If the vector index is unavailable or has no
 * space left, the change itself succeeds and the next build adds it to the index.
 */
@Injectable()
export class IndexUpdater implements DatasetListener, OnModuleInit {
  private readonly logger = new Logger('IndexUpdater');

  constructor(
    private readonly events: DatasetEvents,
    private readonly datasets: DatasetsService,
    private readonly images: ImagesService,
    private readonly embeddings: EmbeddingStore,
    private readonly projections: Projections,
    private readonly indexes: IndexRepository,
    private readonly contents: IndexContents,
    private readonly writer: IndexWriter,
    private readonly written: WrittenChanges,
    private readonly removal: IndexRemoval,
  ) {}

  onModuleInit(): void {
    this.events.subscribe(this);
  }

  async imagesChanged(event: ImagesChanged): Promise<SearchOutcomes> {
    const indexes = await this.indexes.listByDataset(event.datasetId);
    // A build picks up changes that are made while it runs.
    const index = indexes.find(({ ready }) => ready);
    if (index === undefined) return this.noneSearchable(event);
    try {
      return await this.applyChanges(index, event);
    } catch (error) {
      const reason = isStorageFull(error) ? storageFull(error) : error;
      const isLeftToNextBuild = [storageFull, ...LEFT_TO_NEXT_BUILD].some(({ is }) => is(reason));
      if (!isLeftToNextBuild) throw error;
      this.logger.warn(`${messageOf(error)} The next build of "${index.name}" will include the change.`);
      return outcomeOfAll(event, reason as AppError);
    }
  }

  async datasetDeleting(datasetId: number, signal: AbortSignal): Promise<void> {
    for (const index of await this.indexes.listByDataset(datasetId)) {
      signal.throwIfAborted();
      await this.removal.remove(index, signal);
    }
    await this.projections.forgetProjections(datasetId);
  }

  async filesRemoved(sha256s: readonly string[]): Promise<void> {
    await this.embeddings.forgetEmbeddings(sha256s);
  }

  private async noneSearchable(event: ImagesChanged): Promise<SearchOutcomes> {
    const dataset = await this.datasets.find(event.datasetId);
    return outcomeOfAll(event, datasetNotIndexed(dataset?.name ?? String(event.datasetId)));
  }

  private async applyChanges(index: DatasetIndex, event: ImagesChanged): Promise<SearchOutcomes> {
    const unchanged = await this.images.changesOf(event.unchanged ?? []);
    const written = new Set(await this.written.listAfter(index.id, index.checkpoint));
    // The index may have missed an earlier change, if it was not available then.
    const isMissed = ({ change }: ImageChange) => change > index.checkpoint && !written.has(change);
    const missed = unchanged.filter(isMissed).map(({ imageId }) => imageId);
    const outcomes = await this.writer.write(index, [...event.deleted, ...event.changed, ...missed]);
    const others = unchanged.filter((change) => !isMissed(change));
    return new Map([...outcomes, ...(await this.contents.missing(index, others))]);
  }
}

function outcomeOfAll({ changed, unchanged = [] }: ImagesChanged, reason: AppError): SearchOutcomes {
  return new Map(
    [...changed, ...unchanged].map((id) => [id, { code: reason.code, message: reason.message }]),
  );
}
