import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const createFeedback: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('feedback')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('dataset_id', 'integer', (column) => column.notNull())
      .addColumn('query', 'text', (column) => column.notNull())
      .addColumn('query_image_id', 'integer')
      .addColumn('image_id', 'integer', (column) => column.notNull())
      .addColumn('verdict', 'text', (column) => column.notNull())
      .addColumn('client_key', 'text')
      .addColumn('judged_at', 'integer', (column) => column.notNull())
      .addUniqueConstraint('feedback_one_verdict', ['query', 'image_id'])
      .execute();
    await db.schema.createIndex('feedback_by_dataset').on('feedback').columns(['dataset_id', 'id']).execute();
    await db.schema.createIndex('feedback_by_image').on('feedback').columns(['image_id']).execute();
    await sql`create index feedback_by_query_image on feedback (query_image_id) where query_image_id is not null`.execute(
      db,
    );
    await db.schema
      .createTable('feedback_features')
      .addColumn('query', 'text', (column) => column.notNull())
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('vector', 'blob', (column) => column.notNull())
      .addPrimaryKeyConstraint('feedback_features_key', ['query', 'model'])
      .execute();
  },
};
