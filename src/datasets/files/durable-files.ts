import { randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isStorageFull, isSystemError, storageFull } from '../../common/index.ts';
import { files, withFile, writeBytes } from './file-calls.ts';

const STRAY_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Writes files so that they exist completely or not at all, whenever the process or the power fails:
 * first under a temporary name and flushed to disk, then renamed, and the folder flushed.
 */
export class DurableFiles {
  private readonly temporary: string;
  private readonly folders = new Set<string>();
  private ready: Promise<void> | undefined;

  constructor(directory: string) {
    this.temporary = join(directory, 'tmp');
  }

  /** Rejects with `STORAGE_FULL`. */
  async write(file: string, bytes: Uint8Array): Promise<void> {
    this.ready ??= this.prepare();
    const temporary = join(this.temporary, `${process.pid}-${randomUUID()}`);
    try {
      await this.ready;
      await writeAndFlush(temporary, bytes);
      const folder = dirname(file);
      await this.makeFolder(folder);
      await files.rename(temporary, file);
      await flushFolder(folder);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      // Folders may be missing: removed by somebody, or never made on a full disk. The next write looks again.
      this.folders.clear();
      this.ready = undefined;
      throw isStorageFull(error) ? storageFull(error) : error;
    }
  }

  private async makeFolder(folder: string): Promise<void> {
    if (this.folders.has(folder)) return;
    const first = await files.mkdir(folder, { recursive: true });
    if (first !== undefined) {
      // A new folder only survives a power cut once its parent is flushed.
      for (let made = folder; ; made = dirname(made)) {
        await flushFolder(dirname(made));
        if (made === first) break;
      }
    }
    this.folders.add(folder);
  }

  private async prepare(): Promise<void> {
    await this.makeFolder(this.temporary);
    await removeStray(this.temporary);
  }
}

async function writeAndFlush(file: string, bytes: Uint8Array): Promise<void> {
  await withFile(file, 'wx', async (descriptor) => {
    await writeBytes(descriptor, bytes);
    await files.fdatasync(descriptor);
  });
}

export async function flushFolder(folder: string): Promise<void> {
  await withFile(folder, 'r', (descriptor) => files.fsync(descriptor));
}

/** Removes what killed processes have left unfinished, but not the files that others are writing now. */
export async function removeStray(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const pid = Number.parseInt(name, 10);
    const age = await ageOf(file);
    if (age === undefined || (isAlive(pid) && age < STRAY_AFTER_MS)) continue;
    await rm(file, { force: true, recursive: true });
  }
}

/** Milliseconds since the last change; undefined if another process has removed the file in the meantime. */
async function ageOf(file: string): Promise<number | undefined> {
  try {
    return Date.now() - (await stat(file)).mtimeMs;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isSystemError(error, 'EPERM');
  }
}
