import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Keeps indexes that have been replaced until they are dropped, and records the drift of projections. */
export const createReplacedIndexes: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('dataset_indexes').addColumn('replaced_at', 'integer').execute();
    await db.schema.alterTable('dataset_indexes').addColumn('drift', 'real').execute();
  },
};
