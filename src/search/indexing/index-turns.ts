import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Database, FileLock } from '../../database/index.ts';
import type { DatasetIndex } from './index.repository.ts';

/** How long a writer waits for writers in other processes. */
const PATIENCE_MS = 30_000;

/** Lets the writers of an index take turns, in this process and in all others that share the data folder. */
@Injectable()
export class IndexTurns {
  private readonly last = new Map<number, Promise<unknown>>();

  constructor(private readonly database: Database) {}

  /**
   * Runs `work` while nobody else writes to the index. Turns must not be nested. Rejects with `LOCKED` if other
   * processes keep the index for more than 30 seconds.
   */
  async during<Result>(index: DatasetIndex, work: () => Promise<Result>): Promise<Result> {
    // Writers in one process queue up in memory, because waiting for a file lock means polling it.
    const before = this.last.get(index.id) ?? Promise.resolve();
    const turn = before.then(() => FileLock.during(this.pathOf(index), PATIENCE_MS, work));
    const end = turn.catch(() => undefined);
    this.last.set(index.id, end);
    try {
      return await turn;
    } finally {
      if (this.last.get(index.id) === end) this.last.delete(index.id);
    }
  }

  /** Removes the lock file of an index that no longer exists. */
  async forget(index: DatasetIndex): Promise<void> {
    await rm(this.pathOf(index), { force: true });
  }

  private pathOf({ id }: DatasetIndex): string {
    return join(this.database.dataDir, 'locks', `index-${id}.lock`);
  }
}
