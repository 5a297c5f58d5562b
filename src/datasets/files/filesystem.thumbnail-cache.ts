import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from '../../common/index.ts';
import { ThumbnailCache } from './thumbnail-cache.port.ts';
import { DurableFiles } from './durable-files.ts';
import { fileTasks } from './file-tasks.ts';

/** Thumbnails as files, `ab/cd/abcd…-256.webp`, below a separate folder. */
export class FilesystemThumbnailCache extends ThumbnailCache {
  private readonly files: DurableFiles;

  constructor(private readonly directory: string) {
    super();
    this.files = new DurableFiles(directory);
  }

  override async find(sha256: string, width: number): Promise<Buffer | undefined> {
    try {
      return await readFile(this.locate(sha256, width));
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  override async put(sha256: string, width: number, bytes: Uint8Array): Promise<void> {
    await this.files.write(this.locate(sha256, width), bytes);
  }

  override async delete(sha256s: readonly string[], widths: readonly number[]): Promise<void> {
    await fileTasks.remove(sha256s.flatMap((sha256) => widths.map((width) => this.locate(sha256, width))));
  }

  /** Removes every thumbnail, but no folder and no file that is being written. */
  async discardAll(): Promise<void> {
    const names = await readdir(this.directory, { recursive: true }).catch(() => []);
    for (const name of names) {
      if (name.endsWith('.webp')) await rm(join(this.directory, name), { force: true });
    }
  }

  private locate(sha256: string, width: number): string {
    return join(this.directory, sha256.slice(0, 2), sha256.slice(2, 4), `${sha256}-${width}.webp`);
  }
}
