import { Injectable } from '@nestjs/common';
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import { Database, inPage, type RowPage } from '../database/index.ts';
import type { JobsTables } from './job.tables.ts';
import {
  ACTIVE_STATES,
  JobState,
  type FailureCount,
  type ItemFailure,
  type Job,
  type JobKind,
  type JobStage,
} from './job.ts';

export interface NewJob {
  readonly kind: JobKind;
  readonly datasetId: number;
  /** Canonical JSON. */
  readonly input: string;
}

/** What a run of a job has come to. */
export interface JobProgressRow {
  readonly stage: JobStage | null;
  /** The share of the whole job, 0 to 1. */
  readonly progress: number;
  readonly total: number | null;
  readonly done: number;
  readonly failed: number;
  readonly warned: number;
  readonly bytes: number;
  readonly hosts: readonly string[];
  readonly itemsPerSecond: number | null;
}

/** How a job, or a run of it, ended. */
export interface JobEndRow {
  readonly state: JobState;
  readonly error?: { readonly code: string; readonly message: string };
}

/** The rows of jobs and of the items that failed in them. */
@Injectable()
export class JobRepository {
  private readonly db: Kysely<JobsTables>;

  constructor(private readonly database: Database) {
    this.db = database.tables<JobsTables>();
  }

  /** Runs work that on a full disk needs the reserved space; it may run twice (see `Database.makingRoom`). */
  makingRoom<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.database.makingRoom(work);
  }

  /** Inserts a queued job, or returns the active one with the same kind, dataset and input. */
  async insertUnlessActive({ kind, datasetId, input }: NewJob): Promise<Job> {
    return this.db.transaction().execute(async (trx) => {
      const active = await trx
        .selectFrom('jobs')
        .selectAll()
        .where('kind', '=', kind)
        .where('dataset_id', '=', datasetId)
        .where('input', '=', input)
        .where('state', 'in', ACTIVE_STATES)
        .where('cancel_requested', '=', 0)
        .executeTakeFirst();
      if (active !== undefined) return toJob(active);
      const inserted = await trx
        .insertInto('jobs')
        .values({
          kind,
          dataset_id: datasetId,
          input,
          state: JobState.QUEUED,
          done: 0,
          failed: 0,
          created_at: Date.now(),
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      return toJob(inserted);
    });
  }

  async findById(id: number): Promise<Job | undefined> {
    const row = await this.db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst();
    return row && toJob(row);
  }

  /** Newest first. */
  async list({ state, ...page }: RowPage & { readonly state?: JobState }): Promise<Job[]> {
    let query = inPage(this.db.selectFrom('jobs').selectAll(), 'id', page, 'descending');
    if (state !== undefined) query = query.where('state', '=', state);
    return (await query.execute()).map(toJob);
  }

  async count(filter: { state?: JobState }): Promise<number> {
    let query = this.db.selectFrom('jobs').select((eb) => eb.fn.countAll<number>().as('jobs'));
    if (filter.state !== undefined) query = query.where('state', '=', filter.state);
    return (await query.executeTakeFirstOrThrow()).jobs;
  }

  /** The ids of the queued and running jobs of a dataset, of all kinds or of one. */
  async listActiveIds(datasetId: number, kind?: JobKind): Promise<number[]> {
    let query = this.db
      .selectFrom('jobs')
      .select('id')
      .where('dataset_id', '=', datasetId)
      .where('state', 'in', ACTIVE_STATES);
    if (kind !== undefined) query = query.where('kind', '=', kind);
    return (await query.execute()).map(({ id }) => id);
  }

  async listFailures(jobId: number, page: RowPage): Promise<(ItemFailure & { readonly id: number })[]> {
    const failures = this.db
      .selectFrom('job_failures')
      .select(['id', 'item', 'code', 'message'])
      .where('job_id', '=', jobId);
    return inPage(failures, 'id', page).execute();
  }

  /** How many items failed for each reason, the most frequent first, with the message of the first of them. */
  async countFailuresByCode(jobId: number): Promise<FailureCount[]> {
    const { rows } = await sql<FailureCount>`
      select code, failures as count, (
        select message from job_failures
        where job_failures.job_id = counts.job_id and job_failures.code = counts.code
        order by id limit 1
      ) as message
      from job_failure_counts as counts where job_id = ${jobId} order by failures desc, code`.execute(
      this.db,
    );
    return rows;
  }

  async countFailures(jobId: number): Promise<number> {
    const { failures } = await this.db
      .selectFrom('job_failure_counts')
      .select((eb) => eb.fn.coalesce(eb.fn.sum<number>('failures'), sql<number>`0`).as('failures'))
      .where('job_id', '=', jobId)
      .executeTakeFirstOrThrow();
    return failures;
  }

  /** The number of the last end of a job; 0 if none has ended. */
  async lastEnding(): Promise<number> {
    const { last } = await this.db
      .selectFrom('job_endings')
      .select((eb) => eb.fn.max('id').as('last'))
      .executeTakeFirstOrThrow();
    return last ?? 0;
  }

  /** The jobs that ended after an end of this number, in the order in which they ended. */
  async listEndings(after: number, limit: number): Promise<{ readonly ending: number; readonly job: Job }[]> {
    const rows = await this.db
      .selectFrom('job_endings')
      .innerJoin('jobs', 'jobs.id', 'job_endings.job_id')
      .selectAll('jobs')
      .select('job_endings.id as ending')
      .where('job_endings.id', '>', after)
      .orderBy('job_endings.id')
      .limit(limit)
      .execute();
    return rows.map(({ ending, ...row }) => ({ ending, job: toJob(row) }));
  }

  /** Cancels a queued job, or asks a running one to stop. Returns undefined if the job is not active. */
  async cancel(id: number): Promise<Job | undefined> {
    const cancelling = this.db
      .updateTable('jobs')
      .set((eb) => ({
        cancel_requested: 1,
        finished_at: eb.case().when('state', '=', JobState.QUEUED).then(Date.now()).else(null).end(),
        state: eb
          .case()
          .when('state', '=', JobState.QUEUED)
          .then(JobState.CANCELLED)
          .else(JobState.RUNNING)
          .end(),
      }))
      .where('id', '=', id)
      .where('state', 'in', ACTIVE_STATES)
      .returningAll();
    const row = await this.makingRoom(() => cancelling.executeTakeFirst());
    return row && toJob(row);
  }

  /** Gives `owner` the oldest queued job of those datasets, or of one, for which no job is running. */
  async claimNext(owner: string, datasetId: number | undefined): Promise<Job | undefined> {
    const claim = async (trx: Transaction<JobsTables>) => {
      let next = trx
        .selectFrom('jobs')
        .select('id')
        .where('state', '=', JobState.QUEUED)
        .where('dataset_id', 'not in', (eb) =>
          eb.selectFrom('jobs').select('dataset_id').where('state', '=', JobState.RUNNING),
        )
        .orderBy('id')
        .limit(1);
      if (datasetId !== undefined) next = next.where('dataset_id', '=', datasetId);
      const job = await next.executeTakeFirst();
      if (job === undefined) return undefined;
      await trx.deleteFrom('job_failures').where('job_id', '=', job.id).execute();
      return (
        trx
          .updateTable('jobs')
          // What an earlier run had failed at is tried again; until then it stays counted, so that nothing runs backwards.
          .set((eb) => ({
            state: JobState.RUNNING,
            owner,
            started_at: Date.now(),
            done: eb('done', '+', eb.ref('failed')),
            failed: 0,
          }))
          .where('id', '=', job.id)
          .returningAll()
          .executeTakeFirstOrThrow()
      );
    };
    const row = await this.makingRoom(() => this.db.transaction().execute(claim));
    return row && toJob(row);
  }

  async listRunning(): Promise<{ readonly id: number; readonly owner: string | null }[]> {
    return this.db.selectFrom('jobs').select(['id', 'owner']).where('state', '=', JobState.RUNNING).execute();
  }

  /** Returns a running job of this owner to the queue. False if it no longer runs there. */
  async returnToQueue(id: number, owner: string | null): Promise<boolean> {
    const returning = this.db
      .updateTable('jobs')
      .set({ state: JobState.QUEUED, owner: null })
      .where('id', '=', id)
      .where('owner', owner === null ? 'is' : '=', owner)
      .where('state', '=', JobState.RUNNING)
      .returning('id');
    return (await this.makingRoom(() => returning.executeTakeFirst())) !== undefined;
  }

  /**
   * Writes the progress of a job that `owner` is running, in one transaction. `endOf` decides how the
   * job ends, if it does, knowing whether its cancellation has been requested.
   *
   * Resolves with the state that the row has now; undefined, with nothing written, if the job is no
   * longer running for this owner.
   */
  async writeProgress(
    id: number,
    owner: string,
    progress: JobProgressRow,
    failures: readonly ItemFailure[],
    endOf: (cancelRequested: boolean) => JobEndRow | undefined,
  ): Promise<{ readonly state: JobState; readonly cancelRequested: boolean } | undefined> {
    return this.db.transaction().execute(async (trx) => {
      const job = await trx
        .selectFrom('jobs')
        .select('cancel_requested')
        .where('id', '=', id)
        .where('state', '=', JobState.RUNNING)
        .where('owner', '=', owner)
        .executeTakeFirst();
      if (job === undefined) return undefined;
      for (const { item, code, message } of failures) {
        await trx
          .insertInto('job_failures')
          .values({ job_id: id, item, code, message })
          .onConflict((conflict) => conflict.columns(['job_id', 'item']).doUpdateSet({ code, message }))
          .execute();
      }
      const cancelRequested = job.cancel_requested === 1;
      const end = endOf(cancelRequested);
      await trx
        .updateTable('jobs')
        .set({ ...progressColumns(progress), ...(end && endColumns(end)) })
        .where('id', '=', id)
        .execute();
      return { state: end?.state ?? JobState.RUNNING, cancelRequested };
    });
  }
}

function progressColumns({ hosts, itemsPerSecond, ...counts }: JobProgressRow) {
  return { ...counts, hosts: JSON.stringify(hosts), items_per_second: itemsPerSecond };
}

function endColumns({ state, error }: JobEndRow) {
  return {
    state,
    owner: null,
    finished_at: state === JobState.QUEUED ? null : Date.now(),
    error_code: error?.code ?? null,
    error_message: error?.message ?? null,
  };
}

function toJob(row: Selectable<JobsTables['jobs']>): Job {
  const { error_code: code, error_message: message } = row;
  return {
    id: row.id,
    kind: row.kind,
    datasetId: row.dataset_id,
    input: JSON.parse(row.input),
    state: row.state,
    stage: row.stage,
    progress: row.progress,
    total: row.total,
    done: row.done,
    failed: row.failed,
    warned: row.warned,
    itemsPerSecond: row.items_per_second,
    bytes: row.bytes,
    hosts: row.state === JobState.RUNNING ? (JSON.parse(row.hosts) as string[]) : [],
    error: code === null || message === null ? null : { code, message },
    createdAt: new Date(row.created_at),
    startedAt: row.started_at === null ? null : new Date(row.started_at),
    finishedAt: row.finished_at === null ? null : new Date(row.finished_at),
  };
}
