import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { isSystemError } from '../../../common/index.ts';

/**
 * Shows other processes that the files of a build are somebody's work, not the rests of a process
 * that was killed. The operating system lets go of the lock when the process ends, however it ends.
 */
export class BuildLock {
  private constructor(
    private readonly path: string,
    private readonly file: BetterSqlite3.Database,
  ) {}

  static take(path: string): BuildLock {
    mkdirSync(dirname(path), { recursive: true });
    // Nobody must see the file before it is locked.
    const file = new BetterSqlite3(`${path}.partial`);
    lock(file);
    renameSync(`${path}.partial`, path);
    return new BuildLock(path, file);
  }

  /** Whether a living process holds the lock, this one included. */
  static isHeld(path: string): boolean {
    let probe: BetterSqlite3.Database;
    try {
      probe = new BetterSqlite3(path, { timeout: 0, fileMustExist: true });
    } catch {
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

  release(): void {
    this.file.close();
    rmSync(this.path, { force: true });
  }
}

function lock(file: BetterSqlite3.Database): void {
  file.pragma('journal_mode = MEMORY');
  file.exec('begin exclusive');
}
