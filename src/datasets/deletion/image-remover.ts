import { Injectable, Logger } from '@nestjs/common';
import { chunksOf, isStorageFull, messageOf } from '../../common/index.ts';
import { ImageHashRepository } from '../duplicates/image-hash.repository.ts';
import { ImageStore } from '../files/image-store.port.ts';
import { ThumbnailCache } from '../files/thumbnail-cache.port.ts';
import { THUMBNAIL_WIDTHS } from '../files/thumbnail-widths.ts';
import { DatasetEvents } from '../catalogue/dataset-events.ts';
import { DiscardedFileRepository } from './discarded-file.repository.ts';
import { ImageChangeRepository } from '../catalogue/image-change.repository.ts';
import { ImageRepository } from '../catalogue/image.repository.ts';
import { SliceSize } from './slice-size.ts';
import { Transactions, type CatalogueTransaction } from '../catalogue/transactions.ts';

/** The maximum number of files that one transaction removes. */
export const FILES = 100;
/** The maximum number of images that one transaction of the deletion of a dataset deletes. */
const IMAGES = 200;

/**
 * Deletes images: first the rows, with a note of their files, then the files that no other image has.
 * Files are removed inside a transaction, and a row is only written inside one that has checked for
 * its file; so an import of the same bytes at the same time loses nothing.
 */
@Injectable()
export class ImageRemover {
  private readonly logger = new Logger('Datasets');
  private readonly imageSlices = new SliceSize(IMAGES);
  private readonly fileSlices = new SliceSize(FILES);

  constructor(
    private readonly transactions: Transactions,
    private readonly images: ImageRepository,
    private readonly changes: ImageChangeRepository,
    private readonly discarded: DiscardedFileRepository,
    private readonly hashes: ImageHashRepository,
    private readonly store: ImageStore,
    private readonly thumbnails: ThumbnailCache,
    private readonly events: DatasetEvents,
  ) {}

  /**
   * Deletes images of any dataset. Returns the ids of those that existed, by dataset. Files that cannot be
   * removed for lack of space are removed by a later deletion or the next start.
   */
  async deleteImages(ids: readonly number[]): Promise<Map<number, number[]>> {
    const deleted = await this.transactions.commitMakingRoom((transaction) =>
      this.deleteRows([...new Set(ids)], transaction),
    );
    if (deleted.size > 0) await this.removeDiscardedFiles();
    return deleted;
  }

  /**
   * Deletes the first images of a dataset, no more than others need to wait for. Resolves with how many; there are none
   * left if that is 0. Their files stay until `removeDiscardedFiles`.
   */
  async deleteSome(datasetId: number): Promise<number> {
    const deleted = await this.transactions.commitSlice(this.imageSlices, async (transaction, rows) =>
      this.deleteRows(await this.images.listIds(datasetId, rows, transaction), transaction),
    );
    return deleted.get(datasetId)?.length ?? 0;
  }

  /**
   * Removes files that were stored for images that were never written, unless another image has them.
   * Nothing is written before the files are gone, so this frees space on a full disk.
   */
  async discardFiles(sha256s: readonly string[]): Promise<void> {
    for (const chunk of chunksOf([...new Set(sha256s)], FILES)) {
      const removed = await this.transactions.commitMakingRoom((transaction) =>
        this.removeUnusedFiles(chunk, transaction),
      );
      if (removed.length > 0) await this.events.filesRemoved(removed);
    }
  }

  /** Removes what deleted images have left behind, even if the process that deleted them was killed. */
  async removeDiscardedFiles(): Promise<void> {
    try {
      await this.removeEachDiscarded();
    } catch (error) {
      if (!isStorageFull(error)) throw error;
      this.logger.warn(`Not all files of deleted images could be removed yet: ${messageOf(error)}`);
    }
  }

  /** Deletes images, and returns the ids of those that existed, by dataset. */
  private async deleteRows(
    ids: readonly number[],
    transaction: CatalogueTransaction,
  ): Promise<Map<number, number[]>> {
    const deleted = await this.images.delete(ids, transaction);
    const byDataset = idsByDataset(deleted);
    for (const [datasetId, imageIds] of byDataset) {
      await this.changes.renumber(datasetId, imageIds, 'deletion', transaction);
    }
    await this.discarded.add([...new Set(deleted.map(({ sha256 }) => sha256))], transaction);
    return byDataset;
  }

  private async removeEachDiscarded(): Promise<void> {
    for (;;) {
      // So that the disk is asked for their folders before others have to wait for that.
      await this.store.hasEach(await this.discarded.list(this.fileSlices.rows));
      const { isLast, removed } = await this.transactions.commitSlice(
        this.fileSlices,
        async (transaction, rows) => {
          const sha256s = await this.discarded.list(rows, transaction);
          const unused = await this.removeUnusedFiles(sha256s, transaction);
          await this.discarded.delete(sha256s, transaction);
          return { isLast: sha256s.length < rows, removed: unused };
        },
      );
      if (removed.length > 0) await this.events.filesRemoved(removed);
      if (isLast) return;
    }
  }

  /** Removes the files that no image has, and returns them. */
  private async removeUnusedFiles(
    sha256s: readonly string[],
    transaction: CatalogueTransaction,
  ): Promise<string[]> {
    const used = await this.images.findFilesInUse(sha256s, transaction);
    const unused = sha256s.filter((sha256) => !used.has(sha256));
    await this.store.deleteEach(unused);
    await this.thumbnails.delete(unused, THUMBNAIL_WIDTHS);
    await this.hashes.delete(unused, transaction);
    return unused;
  }
}

function idsByDataset(
  rows: readonly { readonly id: number; readonly datasetId: number }[],
): Map<number, number[]> {
  const ids = new Map<number, number[]>();
  for (const { id, datasetId } of rows) {
    const ofDataset = ids.get(datasetId);
    if (ofDataset === undefined) ids.set(datasetId, [id]);
    else ofDataset.push(id);
  }
  return ids;
}
