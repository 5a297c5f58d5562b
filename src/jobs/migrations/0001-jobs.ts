import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const createJobs: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('jobs')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('dataset_id', 'integer', (column) => column.notNull())
      .addColumn('input', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('total', 'integer')
      .addColumn('done', 'integer', (column) => column.notNull())
      .addColumn('failed', 'integer', (column) => column.notNull())
      .addColumn('items_per_second', 'real')
      .addColumn('error_code', 'text')
      .addColumn('error_message', 'text')
      .addColumn('cancel_requested', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('owner', 'text')
      .addColumn('created_at', 'integer', (column) => column.notNull())
      .addColumn('started_at', 'integer')
      .addColumn('finished_at', 'integer')
      .execute();

    // The database itself enforces both promises: no two active jobs are identical, and no two run for one dataset.
    await sql`
      create unique index jobs_no_identical_active on jobs (kind, dataset_id, input)
      where state in ('QUEUED', 'RUNNING') and cancel_requested = 0`.execute(db);
    await sql`
      create unique index jobs_one_writer_a_dataset on jobs (dataset_id)
      where state = 'RUNNING'`.execute(db);
    await db.schema.createIndex('jobs_by_state').on('jobs').columns(['state', 'id']).execute();

    await db.schema
      .createTable('job_failures')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('job_id', 'integer', (column) => column.notNull().references('jobs.id').onDelete('cascade'))
      .addColumn('item', 'text', (column) => column.notNull())
      .addColumn('code', 'text', (column) => column.notNull())
      .addColumn('message', 'text', (column) => column.notNull())
      .addUniqueConstraint('job_failures_once_an_item', ['job_id', 'item'])
      .execute();
  },
};
