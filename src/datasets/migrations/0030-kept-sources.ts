import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const createKeptSources: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('kept_sources')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('name', 'text', (column) => column.notNull().unique())
      .addColumn('dataset', 'text', (column) => column.notNull())
      .addColumn('request', 'text', (column) => column.notNull())
      .addColumn('trusted', 'integer', (column) => column.notNull())
      .addColumn('schedule', 'text')
      .addColumn('watch', 'integer', (column) => column.notNull())
      .addColumn('next_run_at', 'integer')
      .addColumn('last_job_id', 'integer')
      .addColumn('problem', 'text')
      .addColumn('created_at', 'integer', (column) => column.notNull())
      .execute();
  },
};
