import { Migrator, type Migration } from 'kysely/migration';
import { isStorageFull, messageOf, storageFull } from '../common/index.ts';
import type { Database } from './database.ts';
import { databaseMigrationFailed } from './database.errors.ts';

/** Migrations by name, `NNNN-what-it-does`, unique over all apps; they run in the order of their names. */
export type Migrations = Readonly<Record<string, Migration>>;

/** Brings the tables up to date. Throws `STORAGE_FULL` or `DATABASE_MIGRATION_FAILED`; what had not finished is rolled back. */
export async function migrate(database: Database, ...apps: Migrations[]): Promise<void> {
  const all: Record<string, Migration> = {};
  for (const [name, migration] of apps.flatMap((app) => Object.entries(app))) {
    if (name in all) throw new Error(`Two migrations are named ${name}`);
    all[name] = migration;
  }
  const migrator = new Migrator({
    db: database.tables(),
    provider: { getMigrations: async () => all },
    allowUnorderedMigrations: true,
  });
  const { error, results } = await migrator.migrateToLatest();
  if (isStorageFull(error)) throw storageFull(error);
  if (error !== undefined) {
    const failed = results?.find(({ status }) => status === 'Error')?.migrationName;
    throw databaseMigrationFailed(failed, messageOf(error), error);
  }
}
