import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** An index that another has replaced is kept until it is dropped; and how far a projection has aged. */
export const createReplacedIndexes: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('dataset_indexes').addColumn('replaced_at', 'integer').execute();
    await db.schema.alterTable('dataset_indexes').addColumn('drift', 'real').execute();
  },
};
