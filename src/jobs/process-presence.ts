import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { isSystemError } from '../common/index.ts';

/**
 * Shows other processes on the same data that this one is alive.
 *
 * Each process holds an exclusive lock on a file of its own. The operating system lets go of it
 * the moment the process ends, however it ends, and unlike a process id or a heartbeat a lock is
 * never mistaken for somebody else's and never goes stale under load.
 */
export class ProcessPresence {
  /** Names this process in `jobs.owner`. */
  readonly id = randomUUID();
  private lock: BetterSqlite3.Database | undefined;

  constructor(private readonly directory: string) {}

  announce(): void {
    if (this.lock !== undefined) return;
    mkdirSync(this.directory, { recursive: true });
    this.lock = new BetterSqlite3(this.fileOf(this.id));
    takeExclusively(this.lock);
  }

  /** Whether the process of that id still runs. */
  isAlive(id: string): boolean {
    if (id === this.id) return this.lock !== undefined;
    const file = this.fileOf(id);
    if (!existsSync(file)) return false;
    const probe = new BetterSqlite3(file, { timeout: 0 });
    try {
      takeExclusively(probe);
    } catch (error) {
      if (isSystemError(error, 'SQLITE_BUSY')) return true;
      throw error;
    } finally {
      probe.close();
    }
    rmSync(file, { force: true });
    return false;
  }

  withdraw(): void {
    this.lock?.close();
    this.lock = undefined;
    rmSync(this.fileOf(this.id), { force: true });
  }

  private fileOf(id: string): string {
    return join(this.directory, `${id}.lock`);
  }
}

function takeExclusively(file: BetterSqlite3.Database): void {
  file.pragma('journal_mode = MEMORY');
  file.exec('begin exclusive');
}
