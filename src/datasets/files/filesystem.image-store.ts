import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { Readable } from 'node:stream';
import { Logger } from '@nestjs/common';
import { isSystemError, messageOf } from '../../common/index.ts';
import { imageFileDamaged, imageFileMissing } from '../datasets.errors.ts';
import { ImageStore, type FileState } from './image-store.port.ts';
import { DurableFiles, flushFolder } from './durable-files.ts';
import { fileTasks } from './file-tasks.ts';

/** Files up to this size are checked in memory, larger ones piece by piece. */
const PIECE_BYTES = 4 * 1024 * 1024;

/**
 * Images as files, `ab/cd/abcd…`, below a folder. Several processes can use it at the same time. Damaged files are moved
 * to the folder `damaged`, for people to look at; one that turns out to be intact there is moved back.
 */
export class FilesystemImageStore extends ImageStore {
  private readonly logger = new Logger('Images');
  private readonly files: DurableFiles;

  constructor(private readonly directory: string) {
    super();
    this.files = new DurableFiles(directory);
  }

  override async put(sha256: string, bytes: Uint8Array): Promise<void> {
    const file = this.locate(sha256);
    if ((await sizeOf(file)) === bytes.length && (await stateOf(file, sha256)) === 'intact') {
      // The process that wrote it may not have flushed the folder yet.
      await flushFolder(dirname(file));
    } else await this.files.write(file, bytes);
  }

  override async has(sha256: string): Promise<boolean> {
    return (await sizeOf(this.locate(sha256))) !== undefined;
  }

  override async hasEach(sha256s: readonly string[]): Promise<boolean[]> {
    return fileTasks.existence(sha256s.map((sha256) => this.locate(sha256)));
  }

  override async read(sha256: string): Promise<Buffer> {
    let bytes: Buffer;
    try {
      bytes = await readFile(this.locate(sha256));
    } catch (error) {
      throw isSystemError(error, 'ENOENT') ? imageFileMissing(sha256) : error;
    }
    if (hash('sha256', bytes) !== sha256) throw await this.damaged(sha256);
    return bytes;
  }

  override async open(sha256: string): Promise<Readable> {
    const file = this.locate(sha256);
    const size = await sizeOf(file);
    if (size === undefined) throw imageFileMissing(sha256);
    // The usual case: read once, checked and sent.
    if (size <= PIECE_BYTES) return Readable.from([await this.read(sha256)], { objectMode: false });
    const handle = await open(file, 'r');
    try {
      if ((await digestOf(handle)) !== sha256) throw await this.damaged(sha256);
      return createReadStream('', { fd: handle, start: 0 });
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  override async check(sha256: string): Promise<FileState> {
    const state = await stateOf(this.locate(sha256), sha256);
    if (state === 'damaged') await this.setAside(sha256);
    const isBack = state !== 'intact' && (await this.bringBack(sha256));
    return isBack ? 'intact' : state;
  }

  override locate(sha256: string): string {
    // Nothing else may become part of a file name.
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error('Not a sha256 in lower-case hex');
    return `${this.directory}${sep}${sha256.slice(0, 2)}${sep}${sha256.slice(2, 4)}${sep}${sha256}`;
  }

  override async deleteEach(sha256s: readonly string[]): Promise<void> {
    await fileTasks.remove(sha256s.flatMap((sha256) => [this.locate(sha256), this.aside(sha256)]));
  }

  private aside(sha256: string): string {
    return join(this.directory, 'damaged', sha256);
  }

  private async damaged(sha256: string): Promise<Error> {
    this.logger.error(`The bytes of the image file ${sha256} are no longer those of its digest.`);
    await this.setAside(sha256);
    return imageFileDamaged(sha256);
  }

  /** If that is not possible, the file stays where it is, and is found damaged again. */
  private async setAside(sha256: string): Promise<void> {
    const file = this.locate(sha256);
    // Somebody may have replaced it in the meantime.
    if ((await stateOf(file, sha256)) !== 'damaged') return;
    try {
      await mkdir(join(this.directory, 'damaged'), { recursive: true });
      await rename(file, this.aside(sha256));
    } catch (error) {
      this.logger.warn(`The damaged image file ${sha256} could not be set aside: ${messageOf(error)}`);
    }
  }

  /** For bytes that were misread, or have been repaired by hand. */
  private async bringBack(sha256: string): Promise<boolean> {
    if ((await stateOf(this.aside(sha256), sha256)) !== 'intact') return false;
    await mkdir(dirname(this.locate(sha256)), { recursive: true });
    await rename(this.aside(sha256), this.locate(sha256));
    return true;
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

/** A file that a failing disk does not give back is damaged. */
async function stateOf(file: string, sha256: string): Promise<FileState> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    return (await digestOf(handle)) === sha256 ? 'intact' : 'damaged';
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return 'missing';
    if (isSystemError(error, 'EIO')) return 'damaged';
    throw error;
  } finally {
    await handle?.close();
  }
}

async function digestOf(handle: FileHandle): Promise<string> {
  const digest = createHash('sha256');
  const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, (await handle.stat()).size + 1));
  for (let position = 0; ;) {
    const { bytesRead } = await handle.read(piece, 0, piece.length, position);
    if (bytesRead === 0) return digest.digest('hex');
    digest.update(piece.subarray(0, bytesRead));
    position += bytesRead;
  }
}
