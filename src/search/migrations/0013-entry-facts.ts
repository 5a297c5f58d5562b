import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Stores the attributes of entries, and which change has last updated them. */
export const createEntryFacts: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('vector_entries')
      .addColumn('attributes', 'text', (column) => column.notNull().defaultTo('{}'))
      .execute();
    await db.schema.alterTable('vector_entries').addColumn('updated', 'integer').execute();
    await db.schema
      .createIndex('vector_entries_by_update')
      .on('vector_entries')
      .columns(['index_id', 'updated'])
      .where('updated' as never, 'is not', null)
      .execute();
  },
};
