import { Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { Database } from '../../database/index.ts';
import { ImagesService } from '../../datasets/index.ts';
import type { SearchTables } from '../search.tables.ts';
import { IndexRepository, type DatasetIndex } from './index.repository.ts';

/**
 * Keeps track of the changes that an index contains: all of them up to its checkpoint, and some after it, because
 * changes are not always written in the order in which they were made.
 */
@Injectable()
export class WrittenChanges {
  private readonly db: Kysely<SearchTables>;

  constructor(
    database: Database,
    private readonly images: ImagesService,
    private readonly indexes: IndexRepository,
  ) {
    this.db = database.tables<SearchTables>();
  }

  /**
   * Records that the index contains these changes, and advances its checkpoint as far as possible. Does nothing if
   * the index has been dropped, or if it has been set back since `index` was read.
   */
  async record(index: DatasetIndex, changes: readonly number[]): Promise<void> {
    const isAdded = await this.add(index, changes);
    if (!isAdded) return;
    const { checkpoint } = await this.indexes.get(index.id);
    const written = await this.listAfter(index.id, checkpoint);
    const last = written.at(-1);
    if (last === undefined) return;
    const missing = await this.images.findChangeAfter(index.datasetId, checkpoint, written);
    await this.indexes.advanceCheckpoint(index.id, missing === undefined ? last : missing - 1);
  }

  /** The changes after the checkpoint that the index contains, in ascending order. */
  async listAfter(indexId: number, checkpoint: number): Promise<number[]> {
    const rows = await this.db
      .selectFrom('dataset_index_written_changes')
      .select('change')
      .where('index_id', '=', indexId)
      .where('change', '>', checkpoint)
      .orderBy('change')
      .execute();
    return rows.map(({ change }) => change);
  }

  private async add(index: DatasetIndex, changes: readonly number[]): Promise<boolean> {
    if (changes.length === 0) return false;
    const rows = await sql<{ change: number }>`
      insert or ignore into dataset_index_written_changes (index_id, change)
      select dataset_indexes.id, written.value
      from dataset_indexes, json_each(${JSON.stringify(changes)}) as written
      where dataset_indexes.id = ${index.id} and dataset_indexes.checkpoint >= ${index.checkpoint}
        and written.value > dataset_indexes.checkpoint
      returning change
    `.execute(this.db);
    return rows.rows.length > 0;
  }
}
