import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Gives the data folder an id that distinguishes its indexes from those of others on the same cluster. */
export const createInstallation: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('installation')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .execute();
    const tables = db as Kysely<{ installation: { id: string } }>;
    await tables
      .insertInto('installation')
      .values({ id: randomBytes(16).toString('hex') })
      .execute();
  },
};
