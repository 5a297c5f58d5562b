import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { Database } from '../../database/index.ts';
import { StreamedFiles } from '../files/streamed-files.ts';

/** Stores uploaded annotation files until the job that reads them has ended. */
@Injectable()
export class AnnotationUploads {
  private readonly directory: string;
  private readonly files: StreamedFiles;

  constructor(database: Database) {
    this.directory = join(database.dataDir, 'uploads');
    this.files = new StreamedFiles(this.directory);
  }

  /** Where files with the process's id at the start of their names are removed once the process is gone. */
  get temporaryFolder(): string {
    return this.files.temporary;
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
    return this.files.keep(write, () => join(this.directory, `${randomUUID()}.json`));
  }

  async remove(file: string): Promise<void> {
    if (dirname(file) === this.directory) await rm(file, { force: true });
  }

  /** Removes what killed processes have left unfinished. */
  async removeStray(): Promise<void> {
    await this.files.removeStray();
  }
}
