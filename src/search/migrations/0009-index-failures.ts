import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Records which images could not be indexed, so that indexed and failed images add up to the dataset. */
export const createIndexFailures: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('dataset_index_failures')
      .addColumn('index_id', 'integer', (column) => column.notNull())
      .addColumn('image_id', 'integer', (column) => column.notNull())
      .addColumn('code', 'text', (column) => column.notNull())
      .addColumn('message', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('dataset_index_failures_one_an_image', ['index_id', 'image_id'])
      .execute();
  },
};
