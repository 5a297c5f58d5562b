import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const createSourceFailures: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('source_failures')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('source_id', 'integer', (column) => column.notNull())
      .addColumn('external_id', 'text', (column) => column.notNull())
      .addColumn('place', 'text')
      .addColumn('version', 'text')
      .addColumn('judged_by', 'text')
      .addColumn('code', 'text', (column) => column.notNull())
      .addColumn('message', 'text', (column) => column.notNull())
      .addUniqueConstraint('source_failures_external_id', ['source_id', 'external_id'])
      .execute();
  },
};
