import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const createWebhook: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('webhook_state')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('last_ending', 'integer', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('webhook_messages')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('message_id', 'text', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('next_try_at', 'integer', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('webhook_messages_due')
      .on('webhook_messages')
      .columns(['next_try_at', 'id'])
      .execute();
  },
};
