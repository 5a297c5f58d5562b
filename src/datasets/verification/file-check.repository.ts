import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { chunksOf, MAX_BOUND } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import type { CatalogueTransaction } from '../catalogue/transactions.ts';
import type { DatasetsTables } from '../datasets.tables.ts';

/** The maximum number of rows that one statement writes. */
const ROWS = 100;

/** Which files a verification has found intact. */
@Injectable()
export class FileCheckRepository {
  private readonly db: Kysely<DatasetsTables>;

  constructor(database: Database) {
    this.db = database.tables<DatasetsTables>();
  }

  /** Those of the files that this job has checked already. */
  async findChecked(datasetId: number, jobId: number, sha256s: readonly string[]): Promise<Set<string>> {
    const found = new Set<string>();
    for (const chunk of chunksOf(sha256s, MAX_BOUND)) {
      const rows = await this.db
        .selectFrom('file_checks')
        .select('sha256')
        .where('dataset_id', '=', datasetId)
        .where('job_id', '=', jobId)
        .where('sha256', 'in', chunk)
        .execute();
      for (const { sha256 } of rows) found.add(sha256);
    }
    return found;
  }

  async add(
    datasetId: number,
    jobId: number,
    sha256s: readonly string[],
    transaction: CatalogueTransaction,
  ): Promise<void> {
    for (const chunk of chunksOf(sha256s, ROWS)) {
      await transaction
        .insertInto('file_checks')
        .values(chunk.map((sha256) => ({ dataset_id: datasetId, sha256, job_id: jobId })))
        .onConflict((conflict) => conflict.columns(['dataset_id', 'sha256']).doUpdateSet({ job_id: jobId }))
        .execute();
    }
  }

  /** Deletes up to `limit` rows of a dataset. Resolves with how many. */
  async deleteSome(datasetId: number, limit: number, transaction: CatalogueTransaction): Promise<number> {
    const { numDeletedRows } = await transaction
      .deleteFrom('file_checks')
      .where('dataset_id', '=', datasetId)
      .where('sha256', 'in', (eb) =>
        eb.selectFrom('file_checks').select('sha256').where('dataset_id', '=', datasetId).limit(limit),
      )
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }
}
