import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const createFileChecks: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('file_checks')
      .addColumn('dataset_id', 'integer', (column) =>
        column.notNull().references('datasets.id').onDelete('cascade'),
      )
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('job_id', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('file_checks_once', ['dataset_id', 'sha256'])
      .execute();
    await db.schema.alterTable('import_sources').addColumn('root', 'text').execute();
  },
};
