import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { FileLock } from '../database/index.ts';

/** Shows other processes on the same data that this one is alive, by locking a file of its own. */
export class ProcessPresence {
  /** Identifies this process in `jobs.owner`. */
  readonly id = randomUUID();
  private lock: FileLock | undefined;

  constructor(private readonly directory: string) {}

  announce(): void {
    this.lock ??= FileLock.take(this.fileOf(this.id));
  }

  /** Whether the process with this id is still running. */
  isAlive(id: string): boolean {
    if (FileLock.isHeld(this.fileOf(id))) return true;
    rmSync(this.fileOf(id), { force: true });
    return false;
  }

  withdraw(): void {
    this.lock?.release();
    this.lock = undefined;
  }

  private fileOf(id: string): string {
    return join(this.directory, `${id}.lock`);
  }
}
