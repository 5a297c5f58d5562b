import { isSystemError } from '../common/app-error.ts';
import { fileNotFound, fileUnreadable, notRegularFile } from '../common/file.errors.ts';
import { NOT_A_FILE, readRegularFile } from '../common/open-regular-file.ts';

/** The bytes of a picture that the user named. Rejects with `FILE_NOT_FOUND` or `FILE_UNREADABLE`. */
export async function readPicture(file: string): Promise<Buffer> {
  try {
    return await readRegularFile(file);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) throw fileNotFound(file);
    if (isSystemError(error, NOT_A_FILE)) throw notRegularFile(file);
    if (isSystemError(error, 'EACCES', 'EPERM')) throw fileUnreadable(file, error.code);
    throw error;
  }
}
