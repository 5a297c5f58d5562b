import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Kysely, Transaction } from 'kysely';
import { Database } from '../../database/index.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import type { SliceSize } from '../deletion/slice-size.ts';

/** The time that others have between two slices, in milliseconds. Who waits for the lock looks at it this often at first. */
const PAUSE_MS = 10;

/** An open transaction. Repository methods that are given one work inside it. */
export type CatalogueTransaction = Transaction<DatasetsTables>;

/**
 * Commits changes that span several repositories. Only one transaction writes at a time, across all
 * processes on the same data, so what it has read stays true until it commits.
 *
 * @example
 * await transactions.commit(async (transaction) => {
 *   await labels.deleteAll(datasetId, transaction);
 *   await datasets.delete(datasetId, transaction);
 * });
 */
@Injectable()
export class Transactions {
  private readonly db: Kysely<DatasetsTables>;
  /** When the last slice ended, of whatever kind. */
  private sliceEndedAt = -Infinity;

  constructor(private readonly database: Database) {
    this.db = database.tables<DatasetsTables>();
  }

  /** Commits what `work` does, or nothing if it rejects. */
  commit<Result>(work: (transaction: CatalogueTransaction) => Promise<Result>): Promise<Result> {
    return this.db.transaction().execute(work);
  }

  /**
   * Like `commit`, for deletions: on a full disk the work runs a second time, with the space that is
   * reserved for this purpose. It must therefore give the same result when repeated.
   */
  commitMakingRoom<Result>(work: (transaction: CatalogueTransaction) => Promise<Result>): Promise<Result> {
    return this.database.makingRoom(() => this.commit(work));
  }

  /**
   * Like `commitMakingRoom`, for one of many transactions in a row, none of which shall keep others waiting. `work` is
   * told how many rows to write.
   */
  async commitSlice<Result>(
    size: SliceSize,
    work: (transaction: CatalogueTransaction, rows: number) => Promise<Result>,
  ): Promise<Result> {
    const pause = PAUSE_MS - (performance.now() - this.sliceEndedAt);
    if (pause > 0) await sleep(pause);
    let begunAt = 0;
    const result = await this.commitMakingRoom((transaction) => {
      begunAt = performance.now();
      return work(transaction, size.rows);
    });
    this.sliceEndedAt = performance.now();
    size.took(this.sliceEndedAt - begunAt);
    return result;
  }
}
