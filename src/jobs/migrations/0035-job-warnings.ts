import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const addJobWarnings: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('jobs')
      .addColumn('warned', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
  },
};
