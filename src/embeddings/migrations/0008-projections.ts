import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const createProjections: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('projections')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('dataset_id', 'integer', (column) => column.notNull())
      .addColumn('base', 'text', (column) => column.notNull())
      .addColumn('spec', 'text', (column) => column.notNull())
      .addColumn('dimension', 'integer', (column) => column.notNull())
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('mean', 'blob', (column) => column.notNull())
      .addColumn('axes', 'blob', (column) => column.notNull())
      .addColumn('stats', 'text', (column) => column.notNull())
      .addColumn('fitted_at', 'integer', (column) => column.notNull())
      .addUniqueConstraint('projections_versions', ['dataset_id', 'base', 'dimension', 'version'])
      .execute();
    await db.schema.createIndex('projections_digest').on('projections').column('digest').execute();

    await db.schema
      .createTable('precision_choices')
      .addColumn('network', 'text', (column) => column.notNull())
      .addColumn('format', 'text', (column) => column.notNull())
      .addColumn('precision', 'text', (column) => column.notNull())
      .addColumn('rates', 'text', (column) => column.notNull())
      .addColumn('chosen_at', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('precision_choices_once', ['network', 'format'])
      .execute();

    await db.schema
      .createTable('session_plans')
      .addColumn('machine', 'text', (column) => column.notNull())
      .addColumn('network', 'text', (column) => column.notNull())
      .addColumn('sessions', 'integer', (column) => column.notNull())
      .addColumn('threads', 'integer', (column) => column.notNull())
      .addColumn('batch', 'integer', (column) => column.notNull())
      .addColumn('rate', 'real', (column) => column.notNull())
      .addColumn('measured_at', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('session_plans_once', ['machine', 'network'])
      .execute();
  },
};
