import { randomBytes } from 'node:crypto';
import { appendFileSync, rmSync, statfsSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

/** Enough for SQLite's own files, and for a log of some hundred deletions. */
const RESERVE_BYTES = 2 * 1024 * 1024;
/** Of it, for SQLite's own files when a database is opened. */
const OPENING_BYTES = 512 * 1024;
/** On a disk with less than this, other things need the space more. */
const LEAST_FREE_BYTES = 4 * RESERVE_BYTES;

/**
 * A file that is deleted when the disk is full: without some space of its own SQLite can neither open a
 * database nor delete a row, so that nobody could make room any more.
 */
export class SpaceReserve {
  private readonly file: string;

  constructor(private readonly folder: string) {
    this.file = join(folder, 'reserve');
  }

  /** Does nothing if the space is kept already, or if it cannot be: nothing depends on it yet. */
  keep(): void {
    try {
      const missing = RESERVE_BYTES - this.bytes();
      if (missing <= 0 || this.freeBytes() < LEAST_FREE_BYTES) return;
      // Zeros would take no space on some file systems.
      appendFileSync(this.file, randomBytes(missing));
    } catch {
      // Whatever is wrong with the disk shows in the work itself.
    }
  }

  /** Lets go of enough to open a database, and keeps the rest for deletions. False if there is too little. */
  releaseForOpening(): boolean {
    const bytes = this.bytes();
    if (bytes < OPENING_BYTES) return false;
    truncateSync(this.file, bytes - OPENING_BYTES);
    return true;
  }

  release(): void {
    rmSync(this.file, { force: true });
  }

  private bytes(): number {
    return statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
  }

  private freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.folder);
    return bavail * bsize;
  }
}
