import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const createDownloads: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('downloads')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('dataset_id', 'integer', (column) => column.notNull())
      .addColumn('external_id', 'text', (column) => column.notNull())
      .addColumn('url', 'text', (column) => column.notNull())
      .addColumn('host', 'text', (column) => column.notNull())
      .addColumn('labels', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('code', 'text')
      .addColumn('message', 'text')
      .addColumn('http_status', 'integer')
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('bytes', 'integer')
      .addColumn('ms', 'integer', (column) => column.notNull())
      .addColumn('sha256', 'text')
      .addColumn('job_id', 'integer', (column) => column.notNull())
      .addColumn('tried_at', 'integer', (column) => column.notNull())
      .addUniqueConstraint('downloads_one_a_url', ['dataset_id', 'external_id', 'url'])
      .execute();
    await db.schema
      .createIndex('downloads_by_state')
      .on('downloads')
      .columns(['dataset_id', 'state', 'code'])
      .execute();
    // Finds placeholder pictures: the same bytes from many URLs of one host.
    await db.schema
      .createIndex('downloads_by_bytes')
      .on('downloads')
      .columns(['dataset_id', 'host', 'sha256'])
      .execute();
  },
};
