export { valuesOfJson, type CommittedReads, type PreparedRead } from './committed-reads.ts';
export { DatabaseConfig } from './database.config.ts';
export { DatabaseModule } from './database.module.ts';
export { locked } from './database.errors.ts';
export { FileLock } from './file-lock.ts';
export { Database } from './database.ts';
export { migrate, type Migrations } from './migrate.ts';
export { inPage, type RowPage } from './row-page.ts';
export { UntilWritten } from './until-written.ts';
