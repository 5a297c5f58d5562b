import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const createDuplicateDecisions: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('duplicate_decisions')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('dataset_id', 'integer', (column) => column.notNull().references('datasets.id'))
      .addColumn('image_id', 'integer', (column) =>
        column.notNull().references('images.id').onDelete('cascade'),
      )
      .addColumn('other_image_id', 'integer', (column) =>
        column.notNull().references('images.id').onDelete('cascade'),
      )
      .addColumn('decision', 'text', (column) => column.notNull())
      .addColumn('decided_at', 'integer', (column) => column.notNull())
      .addUniqueConstraint('duplicate_decisions_pair', ['image_id', 'other_image_id'])
      .execute();
    await db.schema
      .createIndex('duplicate_decisions_by_dataset')
      .on('duplicate_decisions')
      .columns(['dataset_id', 'id'])
      .execute();
    await db.schema
      .createIndex('duplicate_decisions_by_other_image')
      .on('duplicate_decisions')
      .column('other_image_id')
      .execute();
  },
};
