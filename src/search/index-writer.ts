import { Injectable } from '@nestjs/common';
import { ImagesService, type ImageChange } from '../datasets/index.ts';
import { EmbeddingsService } from '../embeddings/index.ts';
import type { ItemFailure } from '../jobs/index.ts';
import type { DatasetIndex } from './dataset-indexes.ts';
import { VectorIndex, type VectorEntry } from './vector-index.port.ts';

/** Entries written to the vector index at once. */
const BATCH = 256;

export interface WriteObserver {
  readonly signal?: AbortSignal;
  /** All up to and including this change is in the index: so many images more, those that failed not counted. */
  written?(change: number, images: number): Promise<void>;
  failed?(failure: ItemFailure): void;
}

/** Brings changes of images into a vector index: new ones are embedded and written, deleted ones deleted. */
@Injectable()
export class IndexWriter {
  constructor(
    private readonly images: ImagesService,
    private readonly embeddings: EmbeddingsService,
    private readonly vectorIndex: VectorIndex,
  ) {}

  /**
   * Writes changes, given in rising order. An image that cannot be embedded is reported and left
   * out. Rejects with the signal's reason when aborted; what was written stays.
   */
  async write(
    index: DatasetIndex,
    changes: readonly ImageChange[],
    observer: WriteObserver = {},
  ): Promise<void> {
    const wanted = changes.filter((change) => isWanted(index, change));
    const unwanted = changes.filter((change) => !isWanted(index, change));
    if (unwanted.length > 0) {
      await this.vectorIndex.delete(
        index.name,
        unwanted.map(({ imageId }) => imageId),
      );
    }

    let entries: VectorEntry[] = [];
    const flush = async (change: number) => {
      if (entries.length > 0) await this.vectorIndex.upsert(index.name, entries);
      const images = entries.length;
      entries = [];
      await observer.written?.(change, images);
    };

    const items = wanted.map((change) => ({
      sha256: change.sha256,
      change,
      open: () => this.images.readBytes(change.sha256),
    }));
    const model = await this.embeddings.ofIdentity(index.model);
    for await (const result of this.embeddings.embedAll(items, { model, signal: observer.signal })) {
      const { change } = result.item;
      if ('vector' in result) {
        const { imageId: id, labels, externalId } = change;
        entries.push({ id, vector: result.vector, labels, externalId });
      } else {
        observer.failed?.({ item: change.externalId, ...result.error });
      }
      if (entries.length >= BATCH) await flush(change.change);
    }
    const last = changes.at(-1);
    if (last !== undefined) await flush(last.change);
  }
}

function isWanted(index: DatasetIndex, change: ImageChange): boolean {
  if (change.deleted) return false;
  return index.labelIds === undefined || change.labels.some((label) => index.labelIds?.includes(label));
}
