import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { isStorageFull, messageOf, storageFull, type AppError } from '../../common/index.ts';
import {
  DatasetEvents,
  DatasetsService,
  type DatasetListener,
  type ImagesChanged,
  ImagesService,
  type SearchOutcomes,
} from '../../datasets/index.ts';
import { EmbeddingStore, modelNotLoaded, projectionMissing, Projections } from '../../embeddings/index.ts';
import { type DatasetIndex, IndexRepository } from './index.repository.ts';
import { IndexRemoval } from './index-removal.ts';
import { IndexWriter } from './index-writer.ts';
import {
  datasetNotIndexed,
  searchUnavailable,
  vectorIndexForeign,
  vectorIndexNotFound,
} from '../search.errors.ts';

/** The index or its model is not available: the next build will catch up. */
const LEFT_TO_NEXT_BUILD = [
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
    private readonly writer: IndexWriter,
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
    // The index may have missed an earlier change, if it was not available then.
    const missed = unchanged.filter(({ change }) => change > index.checkpoint);
    const imageIds = [...event.deleted, ...event.changed, ...missed.map(({ imageId }) => imageId)];
    const outcomes = await this.writer.writeChanges(index, await this.images.changesOf(imageIds));
    await this.advanceCheckpointOver(index, new Set(imageIds));
    const others = unchanged.filter(({ change }) => change <= index.checkpoint);
    return new Map([...outcomes, ...(await this.writer.missingFrom(index, others))]);
  }

  /** Advances the checkpoint, unless other images have changed as well: those are left to the next build. */
  private async advanceCheckpointOver(index: DatasetIndex, imageIds: ReadonlySet<number>): Promise<void> {
    const pending = await this.images.changesAfter(index.datasetId, index.checkpoint, imageIds.size + 1);
    const last = pending.at(-1);
    if (last !== undefined && pending.every(({ imageId }) => imageIds.has(imageId))) {
      await this.indexes.advanceCheckpoint(index.id, last.change);
    }
  }
}

function outcomeOfAll({ changed, unchanged = [] }: ImagesChanged, reason: AppError): SearchOutcomes {
  return new Map(
    [...changed, ...unchanged].map((id) => [id, { code: reason.code, message: reason.message }]),
  );
}
