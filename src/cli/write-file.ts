import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isSystemError } from '../common/app-error.ts';
import { fileUnwritable } from './cli.errors.ts';

/** Rejects with `FILE_UNWRITABLE` for a place where there can be no file, before anything else is done. */
export async function assertWritable(file: string): Promise<void> {
  try {
    const isFolder = await stat(file).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (isFolder) throw fileUnwritable(file, 'EISDIR');
    if (!(await stat(dirname(file))).isDirectory()) throw fileUnwritable(file, 'ENOTDIR');
  } catch (error) {
    throw unwritable(file, error);
  }
}

/** Writes a whole file or none. Rejects with `FILE_UNWRITABLE`. */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  const partial = `${file}.${process.pid}.partial`;
  try {
    await writeFile(partial, content);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw unwritable(file, error);
  }
}

function unwritable(file: string, error: unknown): unknown {
  return isSystemError(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM', 'EROFS', 'ENAMETOOLONG')
    ? fileUnwritable(file, error.code)
    : error;
}
