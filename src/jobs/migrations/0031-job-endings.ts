import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Numbers the ends of jobs, kept by a trigger, so that others can tell which they have seen. */
export const numberEndings: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};

/** How many are kept. */
const KEPT = 10_000;

const STATEMENTS = [
  'create table job_endings (id integer primary key autoincrement, job_id integer not null)',
  `create trigger jobs_ended after update of state on jobs
  when new.state in ('SUCCEEDED', 'FAILED', 'CANCELLED') and old.state in ('QUEUED', 'RUNNING') begin
    insert into job_endings (job_id) values (new.id);
    delete from job_endings where id <= (select max(id) from job_endings) - ${KEPT};
  end`,
];
