import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const addJobTraffic: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('jobs')
      .addColumn('bytes', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema
      .alterTable('jobs')
      .addColumn('hosts', 'text', (column) => column.notNull().defaultTo('[]'))
      .execute();
  },
};
