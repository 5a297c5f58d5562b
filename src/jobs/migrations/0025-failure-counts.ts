import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Counts the failures of each job by reason, kept by triggers, so that showing a job does not read all of them. */
export const keepFailureCounts: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};

const ADD = `
  insert into job_failure_counts (job_id, code, failures) values (new.job_id, new.code, 1)
  on conflict (job_id, code) do update set failures = failures + 1;`;
const SUBTRACT = `
  update job_failure_counts set failures = failures - 1 where job_id = old.job_id and code = old.code;
  delete from job_failure_counts where job_id = old.job_id and code = old.code and failures = 0;`;

const STATEMENTS = [
  `create table job_failure_counts (
    job_id integer not null,
    code text not null,
    failures integer not null,
    primary key (job_id, code)
  ) without rowid`,
  'insert into job_failure_counts select job_id, code, count(*) from job_failures group by 1, 2',
  `create trigger job_failures_added after insert on job_failures begin ${ADD} end`,
  `create trigger job_failures_deleted after delete on job_failures begin ${SUBTRACT} end`,
  `create trigger job_failures_updated after update of job_id, code on job_failures begin ${SUBTRACT} ${ADD} end`,
  // Pages of failures in the order of their ids, and the first failure of each reason.
  'create index job_failures_in_order on job_failures (job_id, id)',
  'create index job_failures_by_code on job_failures (job_id, code, id)',
];
