import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { restoreError } from '../../src/common/index.ts';
import { ImageStore, type FileState } from '../../src/datasets/files/image-store.port.ts';

/** Images in memory. */
export class MemoryImageStore extends ImageStore {
  readonly files = new Map<string, Buffer>();

  override async put(sha256: string, bytes: Uint8Array): Promise<void> {
    this.files.set(sha256, Buffer.from(bytes));
  }

  override async has(sha256: string): Promise<boolean> {
    return this.files.has(sha256);
  }

  override async hasEach(sha256s: readonly string[]): Promise<boolean[]> {
    return sha256s.map((sha256) => this.files.has(sha256));
  }

  override async read(sha256: string): Promise<Buffer> {
    const bytes = this.files.get(sha256);
    if (bytes === undefined)
      throw restoreError({ code: 'IMAGE_FILE_MISSING', message: 'The file is missing.' });
    if ((await this.check(sha256)) === 'damaged')
      throw restoreError({ code: 'IMAGE_FILE_DAMAGED', message: 'The file is damaged.' });
    return bytes;
  }

  override async check(sha256: string): Promise<FileState> {
    const bytes = this.files.get(sha256);
    if (bytes === undefined) return 'missing';
    if (hash('sha256', bytes) === sha256) return 'intact';
    this.files.delete(sha256);
    return 'damaged';
  }

  override async open(sha256: string): Promise<Readable> {
    return Readable.from([await this.read(sha256)]);
  }

  override locate(sha256: string): string {
    return `memory:${sha256}`;
  }

  override async deleteEach(sha256s: readonly string[]): Promise<void> {
    for (const sha256 of sha256s) this.files.delete(sha256);
  }
}
