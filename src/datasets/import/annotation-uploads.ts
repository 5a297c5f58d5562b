import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { isStorageFull, isSystemError, storageFull } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import { removeStray } from '../files/durable-files.ts';

/** Stores uploaded annotation files until the job that reads them has ended. */
@Injectable()
export class AnnotationUploads {
  private readonly directory: string;

  constructor(database: Database) {
    this.directory = join(database.dataDir, 'uploads');
  }

  /**
   * Stores a file and returns its path. Rejects as the stream does, and with `STORAGE_FULL`; a partial
   * file is removed.
   */
  async save(stream: Readable): Promise<string> {
    return this.keep((file) => pipeline(stream, createWriteStream(file, { flags: 'wx' })));
  }

  /** Like `save`, for a file that `write` writes to the path it is given. */
  async keep(write: (file: string) => Promise<unknown>): Promise<string> {
    const unfinished = join(this.directory, 'tmp', `${process.pid}-${randomUUID()}`);
    const file = join(this.directory, `${randomUUID()}.json`);
    try {
      await mkdir(dirname(unfinished), { recursive: true });
      await write(unfinished);
      await flush(unfinished);
      await rename(unfinished, file);
      return file;
    } catch (error) {
      await rm(unfinished, { force: true });
      throw isStorageFull(error) ? storageFull(error) : error;
    }
  }

  async remove(file: string): Promise<void> {
    if (dirname(file) === this.directory) await rm(file, { force: true });
  }

  /** Removes what killed processes have left unfinished. */
  async removeStray(): Promise<void> {
    try {
      await removeStray(join(this.directory, 'tmp'));
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
