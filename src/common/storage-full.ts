import { AppError, isSystemError } from './app-error.ts';

/** A full disk, an exceeded quota, and what SQLite makes of the two. */
const CODES = ['STORAGE_FULL', 'ENOSPC', 'EDQUOT', 'SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE'];

/** Whether whatever was thrown means that there is no space left to write to. */
export function isStorageFull(error: unknown): boolean {
  return isSystemError(error, ...CODES);
}

export function storageFull(cause?: unknown): AppError {
  return new AppError(
    'STORAGE_FULL',
    'There is no space left where the data is stored. Free some space and try again; nothing that was stored is lost, and a job that is run again resumes where it stopped.',
    {},
    { cause },
  );
}
