import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const addJobStages: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('jobs').addColumn('stage', 'text').execute();
    await db.schema
      .alterTable('jobs')
      .addColumn('progress', 'real', (column) => column.notNull().defaultTo(0))
      .execute();
    await sql`update jobs set progress = 1 where state = 'SUCCEEDED'`.execute(db);
  },
};
