import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DatasetEvents, ImagesService, type DatasetListener, type ImagesChanged } from '../datasets/index.ts';
import { EmbeddingsService } from '../embeddings/index.ts';
import { DatasetIndexes, type DatasetIndex } from './dataset-indexes.ts';
import { IndexWriter } from './index-writer.ts';
import { VectorIndex } from './vector-index.port.ts';

/**
 * Keeps indexes in step with single changes made through the API: an image is searchable when the
 * call that added it returns, and gone when the call that deleted it does.
 */
@Injectable()
export class DatasetFollower implements DatasetListener, OnModuleInit {
  constructor(
    private readonly events: DatasetEvents,
    private readonly images: ImagesService,
    private readonly embeddings: EmbeddingsService,
    private readonly indexes: DatasetIndexes,
    private readonly writer: IndexWriter,
    private readonly vectorIndex: VectorIndex,
  ) {}

  onModuleInit(): void {
    this.events.subscribe(this);
  }

  async imagesChanged({ datasetId, changed, deleted }: ImagesChanged): Promise<void> {
    for (const index of await this.indexes.ofDataset(datasetId)) {
      if (deleted.length > 0) await this.vectorIndex.delete(index.name, deleted);
      // Embeddings of a model that is not loaded are made by the next build with that model.
      const loaded = index.model.key === this.embeddings.identity.key;
      if (loaded && changed.length > 0) await this.writer.write(index, await this.images.changesOf(changed));
      await this.advanceOverThese(index, new Set([...deleted, ...(loaded ? changed : [])]));
    }
  }

  async datasetDeleting(datasetId: number): Promise<void> {
    for (const index of await this.indexes.ofDataset(datasetId)) {
      await this.vectorIndex.drop(index.name);
      await this.indexes.delete(index.id);
    }
  }

  async filesRemoved(sha256s: readonly string[]): Promise<void> {
    await this.embeddings.forget(sha256s);
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
