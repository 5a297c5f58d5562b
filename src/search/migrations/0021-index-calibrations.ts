import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The next build of an index that exists calibrates it. */
export const createIndexCalibrations: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('dataset_indexes').addColumn('calibration', 'text').execute();
    await db.schema.alterTable('dataset_indexes').addColumn('calibrated_at', 'integer').execute();
  },
};
