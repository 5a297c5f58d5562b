import { errorsOf } from '../common/index.ts';

const defineError = errorsOf('Database');

export const databaseUnavailable = defineError({
  code: 'DATABASE_UNAVAILABLE',
  status: 503,
  meaning: 'The data folder cannot be created or written.',
  remedy: 'Set `LOOKALIKE_DATA_DIR` to a folder that this user may write.',
  message: (problem: string, _cause: unknown) =>
    `The data folder cannot be used: ${problem}. ` +
    'Set LOOKALIKE_DATA_DIR to a folder that this user may write.',
  cause: (_problem, cause) => cause,
});

export const databaseCorrupt = defineError({
  code: 'DATABASE_CORRUPT',
  status: 500,
  meaning: 'The database file is damaged.',
  remedy: 'Restore it from a backup, or move it elsewhere to start with an empty one.',
  message: (file: string, problem: string) =>
    `The database file is damaged (${problem}). Restore ${file} from a backup, or move it elsewhere to start with an empty one.`,
});

export const databaseMigrationFailed = defineError({
  code: 'DATABASE_MIGRATION_FAILED',
  status: 500,
  meaning: 'The tables could not be brought up to date; unfinished changes were rolled back.',
  remedy: 'Run the version of Lookalike that made the data folder, and report the message.',
  message: (migration: string | undefined, problem: string, _cause: unknown) =>
    `The database could not be brought up to date${migration === undefined ? '' : ` (${migration})`}: ${problem}`,
  cause: (_migration, _problem, cause) => cause,
});

export const locked = defineError({
  code: 'LOCKED',
  status: 503,
  meaning: 'Another process is working on the same files.',
  remedy: 'Try again later.',
  message: 'Another process is working on the same files. Try again later.',
});
