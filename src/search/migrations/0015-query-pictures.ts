import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Pictures to search with, and their features, which are known by the file because several ids can stand for it. */
export const createQueryPictures: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('query_pictures')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('format', 'text', (column) => column.notNull())
      .addColumn('width', 'integer', (column) => column.notNull())
      .addColumn('height', 'integer', (column) => column.notNull())
      .addColumn('bytes', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'integer', (column) => column.notNull())
      .addColumn('expires_at', 'integer', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('query_pictures_by_file')
      .on('query_pictures')
      .columns(['sha256', 'bytes'])
      .execute();
    await db.schema
      .createIndex('query_pictures_by_expiry')
      .on('query_pictures')
      .columns(['expires_at', 'created_at'])
      .execute();
    await db.schema
      .createTable('query_picture_features')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('vector', 'blob', (column) => column.notNull())
      .addUniqueConstraint('query_picture_features_once', ['sha256', 'model', 'region'])
      .execute();
  },
};
