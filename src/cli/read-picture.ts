import { readFile } from 'node:fs/promises';
import { AppError, isSystemError } from '../common/app-error.ts';

/** The bytes of a picture that the user named. Rejects with `FILE_NOT_FOUND` or `FILE_UNREADABLE`. */
export async function readPicture(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) {
      throw new AppError('FILE_NOT_FOUND', `There is no file ${file}.`, { file });
    }
    if (isSystemError(error, 'EISDIR', 'EACCES', 'EPERM')) {
      throw new AppError('FILE_UNREADABLE', `${file} cannot be read as a file (${error.code}).`, { file });
    }
    throw error;
  }
}
