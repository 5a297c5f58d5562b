import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Records changes that an index contains although it lacks an earlier one. */
export const createWrittenChanges: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('dataset_index_written_changes')
      .addColumn('index_id', 'integer', (column) => column.notNull())
      .addColumn('change', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('dataset_index_written_changes_once', ['index_id', 'change'])
      .execute();
  },
};
