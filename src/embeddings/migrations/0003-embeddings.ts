import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const createEmbeddings: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('embeddings')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('vector', 'blob', (column) => column.notNull())
      .addUniqueConstraint('embeddings_once_a_model', ['sha256', 'model'])
      .execute();
  },
};
