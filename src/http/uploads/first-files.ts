import Upload from 'graphql-upload/Upload.mjs';
import type { FileUpload } from 'graphql-upload/processRequest.mjs';

/** What graphql-upload keeps of a file: `capacitor` is its temporary file, which is not part of the type. */
interface SpooledFile extends FileUpload {
  readonly capacitor: NodeJS.WritableStream & { release(): void };
}

/**
 * Makes graphql-upload keep the first of several files with one name, which is the one that is read. It would keep the
 * last, and leave the temporary files of all others behind until the process ends.
 */
export function keepFirstFiles(): void {
  const files = new WeakMap<Upload, SpooledFile>();
  Object.defineProperty(Upload.prototype, 'file', {
    configurable: true,
    get(this: Upload) {
      return files.get(this);
    },
    set(this: Upload, file: SpooledFile) {
      if (files.has(this)) discard(file);
      else files.set(this, file);
    },
  });
}

function discard({ capacitor }: SpooledFile): void {
  // The rest of the request comes after this file, so what is left of it has to be read all the same.
  capacitor.once('unpipe', (source: NodeJS.ReadableStream) => source.resume());
  capacitor.release();
}
