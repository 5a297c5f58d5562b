import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { chunksOf, MAX_BOUND } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import type { CatalogueTransaction } from '../catalogue/transactions.ts';

/** The maximum number of rows that one statement writes. */
const ROWS = 100;

/** Notes of files that deleted images have left behind and that may have to be removed. */
@Injectable()
export class DiscardedFileRepository {
  private readonly db: Kysely<DatasetsTables>;

  constructor(database: Database) {
    this.db = database.tables<DatasetsTables>();
  }

  async add(sha256s: readonly string[], transaction: CatalogueTransaction): Promise<void> {
    for (const chunk of chunksOf(sha256s, ROWS)) {
      await transaction
        .insertInto('discarded_files')
        .values(chunk.map((sha256) => ({ sha256 })))
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
  }

  async list(limit: number, db: Kysely<DatasetsTables> = this.db): Promise<string[]> {
    const rows = await db.selectFrom('discarded_files').select('sha256').limit(limit).execute();
    return rows.map(({ sha256 }) => sha256);
  }

  async delete(sha256s: readonly string[], transaction: CatalogueTransaction): Promise<void> {
    for (const chunk of chunksOf(sha256s, MAX_BOUND)) {
      await transaction.deleteFrom('discarded_files').where('sha256', 'in', chunk).execute();
    }
  }
}
