import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const createDatasets: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('datasets')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('name', 'text', (column) => column.notNull().unique())
      .addColumn('created_at', 'integer', (column) => column.notNull())
      .execute();

    await db.schema
      .createTable('labels')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('dataset_id', 'integer', (column) => column.notNull().references('datasets.id'))
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addUniqueConstraint('labels_key', ['dataset_id', 'key'])
      .execute();

    await db.schema
      .createTable('images')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('dataset_id', 'integer', (column) => column.notNull().references('datasets.id'))
      .addColumn('external_id', 'text', (column) => column.notNull())
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('source_url', 'text')
      .addColumn('width', 'integer', (column) => column.notNull())
      .addColumn('height', 'integer', (column) => column.notNull())
      .addColumn('format', 'text', (column) => column.notNull())
      .addColumn('bytes', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'integer', (column) => column.notNull())
      .addUniqueConstraint('images_external_id', ['dataset_id', 'external_id'])
      .execute();
    await db.schema.createIndex('images_by_dataset').on('images').columns(['dataset_id', 'id']).execute();
    await db.schema.createIndex('images_by_sha256').on('images').column('sha256').execute();

    await sql`
      create table image_labels (
        image_id integer not null references images (id) on delete cascade,
        label_id integer not null references labels (id),
        primary key (image_id, label_id)
      ) without rowid`.execute(db);
    await db.schema
      .createIndex('image_labels_by_label')
      .on('image_labels')
      .columns(['label_id', 'image_id'])
      .execute();

    await db.schema
      .createTable('image_changes')
      .addColumn('change', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('dataset_id', 'integer', (column) => column.notNull())
      .addColumn('image_id', 'integer', (column) => column.notNull().unique())
      .addColumn('deleted', 'integer', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('image_changes_by_dataset')
      .on('image_changes')
      .columns(['dataset_id', 'change'])
      .execute();

    await db.schema
      .createTable('discarded_files')
      .addColumn('sha256', 'text', (column) => column.primaryKey())
      .execute();
  },
};
