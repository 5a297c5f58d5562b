import { errorsOf, isSystemError, type AppError } from './app-error.ts';

const defineError = errorsOf('Storage');

export const storageFull = defineError({
  code: 'STORAGE_FULL',
  status: 507,
  meaning: 'There is no space left on the disk, or the quota is used up.',
  remedy:
    'Free some space and try again. Nothing that was stored is lost, and a job resumes where it stopped.',
  message: (_cause?: unknown) =>
    'There is no space left where the data is stored. Free some space and try again; nothing that was stored is lost, and a job resumes where it stopped if it is run again.',
  cause: (cause) => cause,
});

export const storageUnavailable = defineError({
  code: 'STORAGE_UNAVAILABLE',
  status: 503,
  meaning:
    'The data folder or the database cannot be read or written: a fault of the disk or missing permissions.',
  remedy: 'Check the disk and the permissions of the data folder. The log names the file.',
  message: (code: string, _cause: unknown) =>
    `The server cannot read or write its data at the moment (${code}). Try again later; its log says more.`,
  details: (code) => ({ reason: code }),
  cause: (_code, cause) => cause,
});

export const databaseBusy = defineError({
  code: 'DATABASE_BUSY',
  status: 503,
  meaning: 'Another process has kept the database locked for too long.',
  remedy: 'Try again. If it keeps happening, look for another process that uses the same data folder.',
  message: (_cause: unknown) => 'Another process is using the database. Try again.',
  cause: (cause) => cause,
});

/** A full disk, an exceeded quota, and the codes that SQLite gives for them. */
const FULL = ['ENOSPC', 'EDQUOT', 'SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE'];
const FAULTS = ['EIO', 'EROFS', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE', 'SQLITE_CANTOPEN', 'SQLITE_CORRUPT'];

/** Whether an error means that the disk is full. */
export function isStorageFull(error: unknown): boolean {
  return storageFull.is(error) || isSystemError(error, ...FULL);
}

/** The coded error for a fault of the disk or the database; undefined for any other error. */
export function storageError(error: unknown): AppError | undefined {
  if (isStorageFull(error)) return storageFull.is(error) ? error : storageFull(error);
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  if (/^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code)) return databaseBusy(error);
  const isFault = isSystemError(error, ...FAULTS) || /^SQLITE_(IOERR|READONLY|CANTOPEN|CORRUPT)/.test(code);
  return isFault ? storageUnavailable(code, error) : undefined;
}
