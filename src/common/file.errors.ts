import { errorsOf } from './app-error.ts';

const defineError = errorsOf('Files');

/** The path is shown, so these are for paths that the user of the command line gave. */
export const fileNotFound = defineError({
  code: 'FILE_NOT_FOUND',
  status: null,
  meaning: 'A file or folder named on the command line does not exist.',
  remedy: 'Check the path.',
  message: (file: string) => `The file ${file} does not exist. Check the path.`,
  details: (file) => ({ file }),
});

export const folderNotFound = fileNotFound.variant({
  message: (file: string) => `The folder ${file} does not exist. Check the path.`,
  details: (file) => ({ file }),
});

export const fileUnreadable = defineError({
  code: 'FILE_UNREADABLE',
  status: null,
  meaning: 'A file named on the command line cannot be read.',
  remedy: 'Name a file rather than a folder, and one that this user may read.',
  message: (file: string, reason: string) =>
    `${file} cannot be read (${reason}). Name a file that this user may read.`,
  details: (file) => ({ file }),
});

export const notRegularFile = fileUnreadable.variant({
  message: (file: string) => `${file} is not a file. Name a regular file, not a folder, pipe or device.`,
  details: (file) => ({ file }),
});
