import { randomBytes } from 'node:crypto';
import { appendFileSync, statfsSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

/** Enough for SQLite's own files, for the log to be emptied into the database, and for some hundred deletions. */
const LARGEST_BYTES = 4 * 1024 * 1024;
/** On a small disk, the reserve takes this share of it. */
const SHARE = 1 / 10;
/** The reserve is given up in parts, so that other work on the same disk cannot take all of it at once. */
const PART_BYTES = 256 * 1024;

/**
 * A file that is shortened when the disk is full: without some space of its own SQLite can neither open a
 * database nor delete a row, so nobody could make room any more.
 */
export class SpaceReserve {
  private readonly file: string;

  constructor(private readonly folder: string) {
    this.file = join(folder, 'reserve');
  }

  /**
   * Takes back what is missing, or as much of it as the disk has. Does nothing if that fails: whatever is
   * wrong with the disk shows in the work itself.
   */
  keep(): void {
    try {
      const { blocks, bavail, bsize } = statfsSync(this.folder);
      const wanted = Math.min(LARGEST_BYTES, Math.floor(blocks * bsize * SHARE));
      const missing = Math.min(wanted - this.bytes(), bavail * bsize);
      // Zeros would take no space on some file systems.
      if (missing > 0) appendFileSync(this.file, randomBytes(missing));
    } catch {
      // See above.
    }
  }

  /** Gives up a part of the space. False if nothing is left. */
  releasePart(): boolean {
    const bytes = this.bytes();
    if (bytes === 0) return false;
    truncateSync(this.file, Math.max(0, bytes - PART_BYTES));
    return true;
  }

  private bytes(): number {
    return statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
  }
}
