import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { AppError } from '../../common/index.ts';
import {
  DatasetEvents,
  ImagesService,
  type DatasetListener,
  type ImagesChanged,
} from '../../datasets/index.ts';
import { EmbeddingStore, Projections } from '../../embeddings/index.ts';
import { DatasetIndexes, type DatasetIndex } from './dataset-indexes.ts';
import { IndexWriter } from './index-writer.ts';
import { VectorIndex } from '../vector-index/vector-index.port.ts';

/** The index or its model is not at hand. */
const LEFT_TO_THE_BUILD = new Set([
  'SEARCH_UNAVAILABLE',
  'VECTOR_INDEX_NOT_FOUND',
  'MODEL_NOT_LOADED',
  'PROJECTION_MISSING',
]);

/**
 * Keeps indexes in step with single changes made through the API: an image is searchable when the
 * call that added it returns, and gone when the call that deleted it does. Where the vector index is
 * away, the change is kept and the next build takes it in.
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
    private readonly vectorIndex: VectorIndex,
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
        if (!(error instanceof AppError && LEFT_TO_THE_BUILD.has(error.code))) throw error;
        this.logger.warn(`${error.message} The next build of "${index.name}" will take in the change.`);
      }
    }
  }

  async datasetDeleting(datasetId: number): Promise<void> {
    for (const index of await this.indexes.ofDataset(datasetId)) {
      await this.vectorIndex.drop(index.name);
      await this.indexes.delete(index.id);
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
