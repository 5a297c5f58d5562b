import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const addImageWarnings: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('images').addColumn('warnings', 'text').execute();
  },
};
