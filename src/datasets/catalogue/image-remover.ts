import { Injectable } from '@nestjs/common';
import type { Kysely, Transaction } from 'kysely';
import { chunksOf, MAX_BOUND } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import { DatasetEvents } from './dataset-events.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import { ImageStore } from '../files/image-store.port.ts';
import { writeChanges } from './image-writer.ts';
import { ThumbnailCache } from '../files/thumbnail-cache.port.ts';
import { THUMBNAIL_WIDTHS } from '../files/thumbnail-widths.ts';

/** Files removed under one hold of the write lock. */
const FILES = 100;

/**
 * Deletes images: first the rows, with a note of their files, then those of the files that no
 * other image has. The files go while the write lock is held, and a row is only ever written under
 * that lock after a look at its file: so an import of the same bytes at the same time loses nothing.
 */
@Injectable()
export class ImageRemover {
  private readonly db: Kysely<DatasetsTables>;

  constructor(
    private readonly database: Database,
    private readonly store: ImageStore,
    private readonly thumbnails: ThumbnailCache,
    private readonly events: DatasetEvents,
  ) {
    this.db = database.tables<DatasetsTables>();
  }

  /** Deletes images of any dataset. Returns which there were, by dataset. */
  async delete(ids: readonly number[]): Promise<Map<number, number[]>> {
    const deleted = new Map<number, number[]>();
    const files = new Set<string>();
    await this.inTransaction(async (trx) => {
      deleted.clear();
      files.clear();
      for (const chunk of chunksOf([...new Set(ids)], MAX_BOUND)) {
        const rows = await trx
          .deleteFrom('images')
          .where('id', 'in', chunk)
          .returning(['id', 'dataset_id', 'sha256'])
          .execute();
        for (const { id, dataset_id, sha256 } of rows) {
          files.add(sha256);
          const ofDataset = deleted.get(dataset_id);
          if (ofDataset === undefined) deleted.set(dataset_id, [id]);
          else ofDataset.push(id);
        }
      }
      for (const [datasetId, imageIds] of deleted) await writeChanges(trx, datasetId, imageIds, true);
      await noteDiscarded(trx, [...files]);
    });
    if (files.size > 0) await this.removeDiscardedFiles();
    return deleted;
  }

  /**
   * Removes files that were stored for images that never came to be, unless another image has them.
   * Nothing is written before they are gone: this makes room on a full disk.
   */
  async discard(files: readonly string[]): Promise<void> {
    for (const chunk of chunksOf([...new Set(files)], FILES)) {
      const removed = await this.inTransaction((trx) => this.removeUnused(trx, chunk));
      if (removed.length > 0) await this.events.filesRemoved(removed);
    }
  }

  /** Removes what deleted images left behind, also where the process that deleted them was killed. */
  async removeDiscardedFiles(): Promise<void> {
    for (;;) {
      const { looked, removed } = await this.inTransaction(async (trx) => {
        const discarded = await trx.selectFrom('discarded_files').select('sha256').limit(FILES).execute();
        if (discarded.length === 0) return { looked: 0, removed: [] };
        const files = discarded.map(({ sha256 }) => sha256);
        const unused = await this.removeUnused(trx, files);
        await trx.deleteFrom('discarded_files').where('sha256', 'in', files).execute();
        return { looked: files.length, removed: unused };
      });
      if (removed.length > 0) await this.events.filesRemoved(removed);
      if (looked === 0) return;
    }
  }

  private inTransaction<Result>(
    work: (trx: Transaction<DatasetsTables>) => Promise<Result>,
  ): Promise<Result> {
    return this.database.makingRoom(() => this.db.transaction().execute(work));
  }

  /** Removes those of the files that no image has, and returns them. */
  private async removeUnused(
    trx: Transaction<DatasetsTables>,
    files: readonly string[],
  ): Promise<readonly string[]> {
    const used = await trx
      .selectFrom('images')
      .select('sha256')
      .distinct()
      .where('sha256', 'in', files)
      .execute();
    const kept = new Set(used.map(({ sha256 }) => sha256));
    const unused = files.filter((sha256) => !kept.has(sha256));
    await Promise.all(unused.map((sha256) => this.removeFile(sha256)));
    if (unused.length > 0) await trx.deleteFrom('image_hashes').where('sha256', 'in', unused).execute();
    return unused;
  }

  private async removeFile(sha256: string): Promise<void> {
    await this.store.delete(sha256);
    await this.thumbnails.delete(sha256, THUMBNAIL_WIDTHS);
  }
}

async function noteDiscarded(db: Kysely<DatasetsTables>, files: readonly string[]): Promise<void> {
  for (const chunk of chunksOf(files, FILES)) {
    await db
      .insertInto('discarded_files')
      .values(chunk.map((sha256) => ({ sha256 })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}
