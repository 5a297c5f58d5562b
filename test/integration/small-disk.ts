import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A small file system in memory. Mounting it requires administrator rights. */
export class SmallDisk {
  private constructor(readonly path: string) {}

  /** Undefined, with a warning, if it cannot be mounted on this machine. */
  static mount(megabytes: number): SmallDisk | undefined {
    const path = mkdtempSync(join(tmpdir(), 'lookalike-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], { stdio: 'pipe' });
      return new SmallDisk(path);
    } catch (error) {
      rmSync(path, { recursive: true });
      process.stderr.write(
        `\nSKIPPED: tests on a full disk, since no disk can be mounted: ${String(error)}\n`,
      );
      return undefined;
    }
  }

  resize(megabytes: number): void {
    execFileSync('mount', ['-o', `remount,size=${megabytes}m`, this.path], { stdio: 'pipe' });
  }

  /** Leaves no byte free. */
  fill(): void {
    const file = openSync(join(this.path, 'filler'), 'a');
    try {
      for (;;) writeSync(file, Buffer.alloc(4_096));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
  }

  /** Frees this many pages of 4 KiB after `fill`. */
  leave(pages: number): void {
    const file = join(this.path, 'filler');
    truncateSync(file, statSync(file).size - pages * 4_096);
  }

  /** Removes what `fill` has written. */
  free(): void {
    rmSync(join(this.path, 'filler'), { force: true });
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  unmount(): void {
    execFileSync('umount', [this.path], { stdio: 'pipe' });
    rmSync(this.path, { recursive: true });
  }
}
