import {
  closeSync,
  fdatasync,
  fstat,
  fsync,
  mkdir,
  open,
  read,
  readdir,
  realpath,
  rename,
  stat,
  write,
} from 'node:fs';
import { promisify } from 'node:util';

/**
 * Plain file system calls. `node:fs/promises` wraps each open file in an object that costs more than
 * the calls themselves, which is noticeable when thousands of small files are read and written.
 */
export const files = {
  fdatasync: promisify(fdatasync),
  fstat: promisify(fstat),
  fsync: promisify(fsync),
  mkdir: promisify(mkdir),
  open: promisify(open),
  readdir: promisify(readdir),
  realpath: promisify(realpath.native),
  rename: promisify(rename),
  stat: promisify(stat),
};

/** Opens a file for `use` and closes it in any case. */
export async function withFile<Result>(
  path: string,
  flags: string | number,
  use: (descriptor: number) => Promise<Result>,
): Promise<Result> {
  const descriptor = await files.open(path, flags);
  try {
    return await use(descriptor);
  } finally {
    // Closing does not wait for anything: the content was only read, or has been flushed.
    closeSync(descriptor);
  }
}

/** Reads a file from its start, up to `size` bytes. */
export async function readBytes(descriptor: number, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  while (filled < size) {
    const count = await new Promise<number>((resolve, reject) => {
      read(descriptor, bytes, filled, size - filled, filled, (error, bytesRead) => {
        if (error === null) resolve(bytesRead);
        else reject(error);
      });
    });
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

/** Writes all bytes at the start of a file. */
export async function writeBytes(descriptor: number, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    written += await new Promise<number>((resolve, reject) => {
      write(descriptor, bytes, written, bytes.length - written, written, (error, bytesWritten) => {
        if (error === null) resolve(bytesWritten);
        else reject(error);
      });
    });
  }
}
