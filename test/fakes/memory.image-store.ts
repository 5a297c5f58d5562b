import { Readable } from 'node:stream';
import { restoreError } from '../../src/common/index.ts';
import { ImageStore } from '../../src/datasets/files/image-store.port.ts';

/** Images in memory. */
export class MemoryImageStore extends ImageStore {
  readonly files = new Map<string, Buffer>();

  override async put(sha256: string, bytes: Uint8Array): Promise<void> {
    this.files.set(sha256, Buffer.from(bytes));
  }

  override async has(sha256: string): Promise<boolean> {
    return this.files.has(sha256);
  }

  override async read(sha256: string): Promise<Buffer> {
    const bytes = this.files.get(sha256);
    if (bytes === undefined)
      throw restoreError({ code: 'IMAGE_FILE_MISSING', message: 'The file is missing.' });
    return bytes;
  }

  override async open(sha256: string): Promise<Readable> {
    return Readable.from([await this.read(sha256)]);
  }

  override locate(sha256: string): string {
    return `memory:${sha256}`;
  }

  override async delete(sha256: string): Promise<void> {
    this.files.delete(sha256);
  }
}
