import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const createStages: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('stages')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('files', 'integer', (column) => column.notNull())
      .addColumn('bytes', 'integer', (column) => column.notNull())
      .addColumn('claim', 'text')
      .addColumn('expires_at', 'integer', (column) => column.notNull())
      .execute();
  },
};
