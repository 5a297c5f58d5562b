import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { isStorageFull, messageOf } from '../../common/index.ts';
import {
  DatasetEvents,
  type DatasetListener,
  type ImagesChanged,
  ImagesService,
} from '../../datasets/index.ts';
import { EmbeddingStore, Projections, modelNotLoaded, projectionMissing } from '../../embeddings/index.ts';
import { DatasetIndexes, type DatasetIndex } from './dataset-indexes.ts';
import { IndexRemoval } from './index-removal.ts';
import { IndexWriter } from './index-writer.ts';
import { searchUnavailable, vectorIndexForeign, vectorIndexNotFound } from '../search.errors.ts';

/** The index or its model is not at hand. */
const LEFT_TO_THE_BUILD = [
  searchUnavailable,
  vectorIndexNotFound,
  vectorIndexForeign,
  modelNotLoaded,
  projectionMissing,
];

/**
 * Keeps indexes in step with single changes made through the API: an image is searchable when the
 * call that added it returns, and gone when the call that deleted it does. If the vector index is
 * away or has no space left, the change is kept and the next build takes it in.
 */
@Injectable()
export class DatasetFollower implements DatasetListener, OnModuleInit {
  private readonly logger = new Logger('DatasetFollower');

  constructor(
    private readonly events: DatasetEvents,
    private readonly images: ImagesService,
    private readonly embeddings: EmbeddingStore,
    private readonly projections: Projections,
    private readonly indexes: DatasetIndexes,
    private readonly writer: IndexWriter,
    private readonly removal: IndexRemoval,
  ) {}

  onModuleInit(): void {
    this.events.subscribe(this);
  }

  async imagesChanged(event: ImagesChanged): Promise<void> {
    for (const index of await this.indexes.ofDataset(event.datasetId)) {
      // A build takes in by itself what changes while it runs.
      if (!index.ready) continue;
      try {
        await this.follow(index, event);
      } catch (error) {
        const isLeft = LEFT_TO_THE_BUILD.some(({ is }) => is(error)) || isStorageFull(error);
        if (!isLeft) throw error;
        this.logger.warn(`${messageOf(error)} The next build of "${index.name}" will take in the change.`);
      }
    }
  }

  async datasetDeleting(datasetId: number, signal: AbortSignal): Promise<void> {
    for (const index of await this.indexes.ofDataset(datasetId)) {
      signal.throwIfAborted();
      await this.removal.remove(index, signal);
    }
    await this.projections.forgetProjections(datasetId);
  }

  async filesRemoved(sha256s: readonly string[]): Promise<void> {
    await this.embeddings.forgetEmbeddings(sha256s);
  }

  private async follow(index: DatasetIndex, { changed, deleted }: ImagesChanged): Promise<void> {
    const imageIds = [...deleted, ...changed];
    await this.writer.write(index, await this.images.changesOf(imageIds));
    await this.advanceOverThese(index, new Set(imageIds));
  }

  /** The checkpoint follows where nothing else has changed; otherwise the next build sees to all of it. */
  private async advanceOverThese(index: DatasetIndex, imageIds: ReadonlySet<number>): Promise<void> {
    const pending = await this.images.changesAfter(index.datasetId, index.checkpoint, imageIds.size + 1);
    const last = pending.at(-1);
    if (last !== undefined && pending.every(({ imageId }) => imageIds.has(imageId))) {
      await this.indexes.advance(index.id, last.change);
    }
  }
}
