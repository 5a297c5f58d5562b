import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isStorageFull, isSystemError, storageFull } from '../../common/index.ts';
import { removeStray } from './durable-files.ts';

/** Writes large files so that they exist completely or not at all: first under a temporary name, then renamed. */
export class StreamedFiles {
  /** The folder of unfinished files. */
  readonly temporary: string;

  constructor(directory: string) {
    this.temporary = join(directory, 'tmp');
  }

  /**
   * Lets `write` write to the path that it is given, and moves the file to where `destination` says. Rejects as
   * both do, and with `STORAGE_FULL`; an unfinished file is removed.
   */
  async keep(
    write: (file: string) => Promise<unknown>,
    destination: (unfinished: string) => string | Promise<string>,
  ): Promise<string> {
    const unfinished = join(this.temporary, `${process.pid}-${randomUUID()}`);
    try {
      await mkdir(this.temporary, { recursive: true });
      await write(unfinished);
      await flush(unfinished);
      const file = await destination(unfinished);
      await mkdir(dirname(file), { recursive: true });
      await rename(unfinished, file);
      return file;
    } catch (error) {
      await rm(unfinished, { force: true });
      throw isStorageFull(error) ? storageFull(error) : error;
    }
  }

  /** Removes what killed processes have left unfinished. */
  async removeStray(): Promise<void> {
    try {
      await removeStray(this.temporary);
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw error;
    }
  }
}

async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
