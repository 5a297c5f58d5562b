import { createReadStream } from 'node:fs';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { isSystemError } from '../../common/index.ts';
import { imageFileMissing } from '../datasets.errors.ts';
import { ImageStore } from './image-store.port.ts';
import { DurableFiles, flushFolder } from './durable-files.ts';

/** Images as files, `ab/cd/abcd…`, below a folder. Several processes can use it at the same time. */
export class FilesystemImageStore extends ImageStore {
  private readonly files: DurableFiles;

  constructor(private readonly directory: string) {
    super();
    this.files = new DurableFiles(directory);
  }

  override async put(sha256: string, bytes: Uint8Array): Promise<void> {
    const file = this.locate(sha256);
    const stored = await sizeOf(file);
    if (stored === bytes.length) {
      // The process that wrote it may not have flushed the folder yet.
      await flushFolder(dirname(file));
    } else await this.files.write(file, bytes);
  }

  override async has(sha256: string): Promise<boolean> {
    return (await sizeOf(this.locate(sha256))) !== undefined;
  }

  override async read(sha256: string): Promise<Buffer> {
    try {
      return await readFile(this.locate(sha256));
    } catch (error) {
      throw isSystemError(error, 'ENOENT') ? imageFileMissing(sha256) : error;
    }
  }

  override async open(sha256: string): Promise<Readable> {
    try {
      const handle = await open(this.locate(sha256), 'r');
      return createReadStream('', { fd: handle });
    } catch (error) {
      throw isSystemError(error, 'ENOENT') ? imageFileMissing(sha256) : error;
    }
  }

  override locate(sha256: string): string {
    // Nothing else may become part of a file name.
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error('Not a sha256 in lower-case hex');
    return join(this.directory, sha256.slice(0, 2), sha256.slice(2, 4), sha256);
  }

  override async delete(sha256: string): Promise<void> {
    await rm(this.locate(sha256), { force: true });
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}
