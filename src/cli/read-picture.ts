import { readFile } from 'node:fs/promises';
import { isSystemError } from '../common/app-error.ts';
import { fileNotFound, fileUnreadable } from '../common/file.errors.ts';

/** The bytes of a picture that the user named. Rejects with `FILE_NOT_FOUND` or `FILE_UNREADABLE`. */
export async function readPicture(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) {
      throw fileNotFound(file);
    }
    if (isSystemError(error, 'EISDIR', 'EACCES', 'EPERM')) {
      throw fileUnreadable(file, error.code);
    }
    throw error;
  }
}
