import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const createImportSources: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('import_sources')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('dataset_id', 'integer', (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('last_pass', 'integer', (column) => column.notNull().defaultTo(0))
      .addUniqueConstraint('import_sources_key', ['dataset_id', 'key'])
      .execute();
    await db.schema
      .createTable('source_items')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('source_id', 'integer', (column) => column.notNull())
      .addColumn('external_id', 'text', (column) => column.notNull())
      .addColumn('place', 'text')
      .addColumn('version', 'text')
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('labels', 'text', (column) => column.notNull())
      .addColumn('attributes', 'text', (column) => column.notNull())
      .addColumn('pass', 'integer', (column) => column.notNull())
      .addUniqueConstraint('source_items_external_id', ['source_id', 'external_id'])
      .execute();
    await db.schema
      .createIndex('source_items_pass')
      .on('source_items')
      .columns(['source_id', 'pass'])
      .execute();
    await db.schema
      .createIndex('source_items_sha256')
      .on('source_items')
      .columns(['source_id', 'sha256'])
      .execute();
    await db.schema
      .createTable('sync_results')
      .addColumn('job_id', 'integer', (column) => column.primaryKey())
      .addColumn('dataset_id', 'integer', (column) => column.notNull())
      .addColumn('counts', 'text', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('sync_results_dataset').on('sync_results').column('dataset_id').execute();
  },
};
