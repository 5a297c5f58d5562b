import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Vectors have a table of their own, so that listing the entries of an index does not read the pages that the
 * vectors fill. Ids are never reused, because the derived files of an index refer to vectors by entry id.
 */
export const createSearch: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('dataset_indexes')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('dataset_id', 'integer', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull().unique())
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('model_identity', 'text', (column) => column.notNull())
      .addColumn('label_ids', 'text')
      .addColumn('checkpoint', 'integer', (column) => column.notNull())
      .addColumn('ready', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('created_at', 'integer', (column) => column.notNull())
      .addColumn('updated_at', 'integer', (column) => column.notNull())
      .addUniqueConstraint('dataset_indexes_one_a_model', ['dataset_id', 'model'])
      .execute();

    await db.schema
      .createTable('vector_indexes')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('name', 'text', (column) => column.notNull().unique())
      .addColumn('dimension', 'integer', (column) => column.notNull())
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('entry_count', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('last_change', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('build', 'text')
      .addColumn('build_removal', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('purged_to', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();

    await db.schema
      .createTable('vector_entries')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('index_id', 'integer', (column) => column.notNull())
      .addColumn('image_id', 'integer', (column) => column.notNull())
      .addColumn('labels', 'text', (column) => column.notNull())
      .addColumn('external_id', 'text', (column) => column.notNull())
      .addUniqueConstraint('vector_entries_one_an_image', ['index_id', 'image_id'])
      .execute();
    await db.schema
      .createIndex('vector_entries_by_index')
      .on('vector_entries')
      .columns(['index_id', 'id'])
      .execute();

    await db.schema
      .createTable('vector_values')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('vector', 'blob', (column) => column.notNull())
      .execute();

    await db.schema
      .createTable('vector_removals')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('index_id', 'integer', (column) => column.notNull())
      .addColumn('entry_id', 'integer', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('vector_removals_by_index')
      .on('vector_removals')
      .columns(['index_id', 'id'])
      .execute();
  },
};
