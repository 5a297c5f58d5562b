import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { isSystemError } from '../common/index.ts';
import { locked } from './database.errors.ts';

const RETRY_MS = 20;

/**
 * Shows other processes that the one which took it still runs.
 *
 * The operating system lets go of the lock the moment the process ends, however it ends, and
 * unlike a process id or a heartbeat a lock is never mistaken for somebody else's and never goes
 * stale under load. SQLite does the locking: Node itself has no call for it.
 */
export class FileLock {
  private constructor(
    private readonly path: string,
    private readonly file: BetterSqlite3.Database,
    /** Whether the file stays when the lock is released: one that was deleted could be locked twice. */
    private readonly keepsFile = false,
  ) {}

  static take(path: string): FileLock {
    mkdirSync(dirname(path), { recursive: true });
    // Nobody must see the file before it is locked.
    const file = new BetterSqlite3(`${path}.partial`);
    lock(file);
    renameSync(`${path}.partial`, path);
    return new FileLock(path, file);
  }

  /** Takes a lock that several processes compete for, for as long as this one wants it; undefined if another has it. */
  static compete(path: string): FileLock | undefined {
    mkdirSync(dirname(path), { recursive: true });
    const file = new BetterSqlite3(path, { timeout: 0 });
    try {
      lock(file);
      return new FileLock(path, file, true);
    } catch (error) {
      file.close();
      if (isSystemError(error, 'SQLITE_BUSY')) return undefined;
      throw error;
    }
  }

  /** Whether a living process holds the lock, this one included. Throws if that cannot be found out. */
  static isHeld(path: string): boolean {
    let probe: BetterSqlite3.Database;
    try {
      probe = new BetterSqlite3(path, { timeout: 0, fileMustExist: true });
    } catch (error) {
      // A file that is there and cannot be opened may well be held: too many open files, for instance.
      if (existsSync(path)) throw error;
      return false;
    }
    try {
      lock(probe);
      return false;
    } catch (error) {
      if (isSystemError(error, 'SQLITE_BUSY')) return true;
      throw error;
    } finally {
      probe.close();
    }
  }

  /**
   * Runs `work` while nobody else, of this process or another, does so under the same path. The file
   * stays: one that was deleted could be locked twice.
   *
   * Rejects with `LOCKED` where the others take longer than `timeoutMs`.
   */
  static async during<Result>(path: string, timeoutMs: number, work: () => Promise<Result>): Promise<Result> {
    mkdirSync(dirname(path), { recursive: true });
    const file = new BetterSqlite3(path, { timeout: 0 });
    try {
      for (const until = Date.now() + timeoutMs; ; await sleep(RETRY_MS)) {
        try {
          lock(file);
          break;
        } catch (error) {
          if (!isSystemError(error, 'SQLITE_BUSY')) throw error;
          if (Date.now() > until) throw locked();
        }
      }
      return await work();
    } finally {
      file.close();
    }
  }

  release(): void {
    this.file.close();
    if (!this.keepsFile) rmSync(this.path, { force: true });
  }
}

function lock(file: BetterSqlite3.Database): void {
  file.pragma('journal_mode = MEMORY');
  file.exec('begin exclusive');
}
