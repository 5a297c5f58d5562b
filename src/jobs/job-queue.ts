import { Injectable } from '@nestjs/common';
import type { Kysely, Selectable, Transaction } from 'kysely';
import { Database } from '../database/index.ts';
import { JobHandlers } from './job-handlers.ts';
import { ACTIVE_STATES, JobKind, JobState, type ItemFailure, type Job } from './job.ts';
import type { JobsTables } from './job.tables.ts';
import { jobEnded, jobNotFound } from './jobs.errors.ts';

export interface JobRequest {
  readonly kind: JobKind;
  readonly datasetId: number;
  /** Plain JSON. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** The persistent table of jobs: what was asked for, how far it is, how it ended. */
@Injectable()
export class JobQueue {
  private readonly db: Kysely<JobsTables>;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly database: Database,
    private readonly handlers: JobHandlers,
  ) {
    this.db = database.tables<JobsTables>();
  }

  /** Asks for a job. Where the same is queued or running already, that one is returned. */
  async enqueue(request: JobRequest): Promise<Job> {
    const input = canonicalJson(request.input);
    const work = async (trx: Transaction<JobsTables>) => {
      const active = await trx
        .selectFrom('jobs')
        .selectAll()
        .where('kind', '=', request.kind)
        .where('dataset_id', '=', request.datasetId)
        .where('input', '=', input)
        .where('state', 'in', ACTIVE_STATES)
        .where('cancel_requested', '=', 0)
        .executeTakeFirst();
      if (active !== undefined) return active;
      return trx
        .insertInto('jobs')
        .values({
          kind: request.kind,
          dataset_id: request.datasetId,
          input,
          state: JobState.QUEUED,
          done: 0,
          failed: 0,
          created_at: Date.now(),
        })
        .returningAll()
        .executeTakeFirstOrThrow();
    };
    const attempt = () => this.db.transaction().execute(work);
    // On a full disk a deletion is what helps; other jobs would only meet the end of the space later.
    const isDeletion = request.kind === JobKind.DELETE_DATASET;
    const row = await (isDeletion ? this.database.makingRoom(attempt) : attempt());
    this.wake();
    return toJob(row);
  }

  async find(id: number): Promise<Job | undefined> {
    const row = await this.db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst();
    return row && toJob(row);
  }

  /** Rejects with `JOB_NOT_FOUND`. */
  async get(id: number): Promise<Job> {
    const job = await this.find(id);
    if (job === undefined) throw jobNotFound(id);
    return job;
  }

  /** Newest first. */
  async list(filter: { state?: JobState; before?: number; limit: number }): Promise<Job[]> {
    let query = this.db.selectFrom('jobs').selectAll().orderBy('id', 'desc').limit(filter.limit);
    if (filter.state !== undefined) query = query.where('state', '=', filter.state);
    if (filter.before !== undefined) query = query.where('id', '<', filter.before);
    return (await query.execute()).map(toJob);
  }

  async count(filter: { state?: JobState }): Promise<number> {
    let query = this.db.selectFrom('jobs').select((eb) => eb.fn.countAll<number>().as('jobs'));
    if (filter.state !== undefined) query = query.where('state', '=', filter.state);
    return (await query.executeTakeFirstOrThrow()).jobs;
  }

  /** In the order they happened. */
  async failures(
    jobId: number,
    page: { after?: number; limit: number },
  ): Promise<(ItemFailure & { readonly id: number })[]> {
    return this.db
      .selectFrom('job_failures')
      .select(['id', 'item', 'code', 'message'])
      .where('job_id', '=', jobId)
      .where('id', '>', page.after ?? 0)
      .orderBy('id')
      .limit(page.limit)
      .execute();
  }

  async countFailures(jobId: number): Promise<number> {
    const { failures } = await this.db
      .selectFrom('job_failures')
      .select((eb) => eb.fn.countAll<number>().as('failures'))
      .where('job_id', '=', jobId)
      .executeTakeFirstOrThrow();
    return failures;
  }

  /**
   * Cancels a job: at once where it is queued, within a second where it runs, in whatever process.
   * What it had finished stays. Rejects with `JOB_NOT_FOUND`, and `JOB_ENDED` where it is too late.
   */
  async cancel(id: number): Promise<Job> {
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
    const row = await this.database.makingRoom(() => cancelling.executeTakeFirst());
    if (row === undefined) {
      const ended = await this.get(id);
      throw jobEnded(id, ended.state);
    }
    const job = toJob(row);
    if (job.state === JobState.CANCELLED) await this.handlers.of(job.kind).settled(job.input);
    this.wake();
    return job;
  }

  /** Whether a job of this kind is queued or running for a dataset. */
  async hasActive(datasetId: number, kind: JobKind): Promise<boolean> {
    const active = await this.db
      .selectFrom('jobs')
      .select('id')
      .where('dataset_id', '=', datasetId)
      .where('kind', '=', kind)
      .where('state', 'in', ACTIVE_STATES)
      .executeTakeFirst();
    return active !== undefined;
  }

  /** Cancels whatever is queued or running for a dataset. */
  async cancelActive(datasetId: number): Promise<void> {
    const active = await this.db
      .selectFrom('jobs')
      .select('id')
      .where('dataset_id', '=', datasetId)
      .where('state', 'in', ACTIVE_STATES)
      .execute();
    for (const { id } of active) {
      try {
        await this.cancel(id);
      } catch (error) {
        // One that ends meanwhile needs no cancelling.
        if (!jobEnded.is(error) && !jobNotFound.is(error)) throw error;
      }
    }
  }

  /** Called whenever there may be something to do. Returns how to stop listening. */
  onWake(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Tells the runner of this process to look at the queue. */
  wake(): void {
    for (const listener of this.listeners) listener();
  }
}

export function isActive(job: Job): boolean {
  return job.state === JobState.QUEUED || job.state === JobState.RUNNING;
}

/** The same JSON for the same input, whatever the order of its keys; absent members are left out. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

export function toJob(row: Selectable<JobsTables['jobs']>): Job {
  return {
    id: row.id,
    kind: row.kind,
    datasetId: row.dataset_id,
    input: JSON.parse(row.input),
    state: row.state,
    total: row.total,
    done: row.done,
    failed: row.failed,
    itemsPerSecond: row.items_per_second,
    bytes: row.bytes,
    hosts: row.state === JobState.RUNNING ? (JSON.parse(row.hosts) as string[]) : [],
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
    createdAt: new Date(row.created_at),
    startedAt: row.started_at === null ? null : new Date(row.started_at),
    finishedAt: row.finished_at === null ? null : new Date(row.finished_at),
  };
}
