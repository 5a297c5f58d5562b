import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { chunksOf, MAX_BOUND } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import type { CatalogueTransaction } from '../catalogue/transactions.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import type { PerceptualHash } from './perceptual-hash.ts';

/** The perceptual hashes of stored files. */
@Injectable()
export class ImageHashRepository {
  private readonly db: Kysely<DatasetsTables>;

  constructor(database: Database) {
    this.db = database.tables<DatasetsTables>();
  }

  /** The hashes that are known, by sha256; null for a picture that shows too little to have one. */
  async findBySha256(sha256s: readonly string[]): Promise<Map<string, PerceptualHash | null>> {
    const found = new Map<string, PerceptualHash | null>();
    for (const chunk of chunksOf(sha256s, MAX_BOUND)) {
      const rows = await this.db
        .selectFrom('image_hashes')
        .selectAll()
        .where('sha256', 'in', chunk)
        .execute();
      for (const { sha256, high, low } of rows) {
        found.set(sha256, high === null || low === null ? null : { high, low });
      }
    }
    return found;
  }

  /** Adds hashes; those of files that have one already stay as they are. */
  async insert(
    hashes: ReadonlyMap<string, PerceptualHash | null>,
    transaction: CatalogueTransaction,
  ): Promise<void> {
    const rows = [...hashes].map(([sha256, hash]) => ({
      sha256,
      high: hash?.high ?? null,
      low: hash?.low ?? null,
    }));
    for (const chunk of chunksOf(rows, MAX_BOUND / 3)) {
      await transaction
        .insertInto('image_hashes')
        .values(chunk)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
  }

  async delete(sha256s: readonly string[], transaction: CatalogueTransaction): Promise<void> {
    for (const chunk of chunksOf(sha256s, MAX_BOUND)) {
      await transaction.deleteFrom('image_hashes').where('sha256', 'in', chunk).execute();
    }
  }
}
