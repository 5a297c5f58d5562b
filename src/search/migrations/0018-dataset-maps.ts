import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const createDatasetMaps: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('dataset_maps')
      .addColumn('dataset_id', 'integer', (column) => column.primaryKey())
      .addColumn('index_id', 'integer', (column) => column.notNull())
      .addColumn('checkpoint', 'integer', (column) => column.notNull())
      .addColumn('model_identity', 'text', (column) => column.notNull())
      .addColumn('file', 'text', (column) => column.notNull())
      .addColumn('images', 'integer', (column) => column.notNull())
      .addColumn('indexed', 'integer', (column) => column.notNull())
      .addColumn('built_at', 'integer', (column) => column.notNull())
      .execute();
  },
};
