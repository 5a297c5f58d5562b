import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { AppError, publicError } from '../common/index.ts';
import { Database } from '../database/index.ts';
import { JobHandlers } from './job-handlers.ts';
import { JobProgress } from './job-progress.ts';
import { isActive, JobQueue, toJob } from './job-queue.ts';
import { JobState, type Job } from './job.ts';
import type { JobsTables } from './job.tables.ts';
import { JobsConfig } from './jobs.config.ts';
import { ProcessPresence } from './process-presence.ts';

const POLL_MS = 500;
const WRITE_PROGRESS_MS = 250;

class JobCancelled extends Error {}
class RunnerStopped extends Error {}

/**
 * Takes jobs from the queue and runs them, one a dataset, a few at once.
 *
 * Several processes may do so on the same data. What a process that died was running goes back
 * to the queue.
 */
@Injectable()
export class JobRunner {
  private readonly logger = new Logger('Jobs');
  private readonly db: Kysely<JobsTables>;
  private readonly running = new Map<number, { stop: AbortController; ended: Promise<void> }>();
  private readonly stopping = new AbortController();
  private loop: Promise<void> | undefined;

  constructor(
    database: Database,
    private readonly queue: JobQueue,
    private readonly handlers: JobHandlers,
    private readonly presence: ProcessPresence,
    private readonly config: JobsConfig,
  ) {
    this.db = database.tables<JobsTables>();
  }

  /** Starts taking jobs: of all datasets, or of one. */
  start(only?: { datasetId: number }): void {
    if (this.loop !== undefined) return;
    this.handlers.assertComplete();
    this.presence.announce();
    this.loop = this.takeJobs(only?.datasetId);
  }

  /**
   * Lets go of all jobs: each stops at the next point where it can, and goes back to the queue,
   * to go on at the next start.
   */
  async stop(): Promise<void> {
    this.stopping.abort();
    for (const { stop } of this.running.values())
      stop.abort(new RunnerStopped('The process is shutting down'));
    await this.loop;
    await Promise.all([...this.running.values()].map(({ ended }) => ended));
    this.presence.withdraw();
  }

  /** Waits until a job has ended, in whatever process it runs; `onProgress` sees it now and then. */
  async waitFor(id: number, onProgress?: (job: Job) => void): Promise<Job> {
    for (;;) {
      const job = await this.queue.get(id);
      onProgress?.(job);
      if (!isActive(job)) return job;
      await sleep(100);
    }
  }

  private async takeJobs(datasetId: number | undefined): Promise<void> {
    let wake: () => void = () => undefined;
    const unsubscribe = this.queue.onWake(() => wake());
    try {
      while (!this.stopping.signal.aborted) {
        const woken = new Promise<void>((resolve) => (wake = resolve));
        await this.takeWhatIsThere(datasetId);
        await Promise.race([woken, sleep(POLL_MS), aborted(this.stopping.signal)]);
      }
    } finally {
      unsubscribe();
    }
  }

  private async takeWhatIsThere(datasetId: number | undefined): Promise<void> {
    try {
      await this.recoverOrphans();
      while (this.running.size < this.config.JOBS_CONCURRENCY && !this.stopping.signal.aborted) {
        const job = await this.claim(datasetId);
        if (job === undefined) return;
        const stop = new AbortController();
        const ended = this.run(job, stop).finally(() => {
          this.running.delete(job.id);
          // The next job of the dataset may have waited for this one.
          this.queue.wake();
        });
        this.running.set(job.id, { stop, ended });
      }
    } catch (error) {
      this.logger.error(
        'The queue cannot be read; trying again',
        error instanceof Error ? error.stack : error,
      );
    }
  }

  /** Puts back what processes that are no more were running. */
  private async recoverOrphans(): Promise<void> {
    const rows = await this.db
      .selectFrom('jobs')
      .select(['id', 'owner'])
      .where('state', '=', JobState.RUNNING)
      .execute();
    for (const { id, owner } of rows) {
      if (owner !== null && this.presence.isAlive(owner)) continue;
      const orphan = await this.db
        .updateTable('jobs')
        .set({ state: JobState.QUEUED, owner: null })
        .where('id', '=', id)
        .where('owner', owner === null ? 'is' : '=', owner)
        .where('state', '=', JobState.RUNNING)
        .returningAll()
        .executeTakeFirst();
      if (orphan !== undefined) this.logger.log(`Job ${id} goes on: the process that ran it is gone`);
    }
  }

  private async claim(datasetId: number | undefined): Promise<Job | undefined> {
    const row = await this.db.transaction().execute(async (trx) => {
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
      return trx
        .updateTable('jobs')
        .set({ state: JobState.RUNNING, owner: this.presence.id, started_at: Date.now(), done: 0, failed: 0 })
        .where('id', '=', job.id)
        .returningAll()
        .executeTakeFirstOrThrow();
    });
    return row === undefined ? undefined : toJob(row);
  }

  private async run(job: Job, stop: AbortController): Promise<void> {
    const handler = this.handlers.of(job.kind);
    const progress = new JobProgress(this.db, job, stop.signal);
    const writing = setInterval(() => {
      progress
        .write()
        .then(({ cancelRequested }) => {
          if (cancelRequested) stop.abort(new JobCancelled('The job was cancelled'));
        })
        .catch((error: unknown) =>
          this.logger.warn(`Progress of job ${job.id} was not written: ${String(error)}`),
        );
    }, WRITE_PROGRESS_MS);

    let ending: Ending;
    try {
      await handler.run(progress);
      ending = { state: JobState.SUCCEEDED };
    } catch (error) {
      ending = this.endingOf(error, job, stop.signal);
    }
    clearInterval(writing);
    try {
      await progress.write();
      await this.db
        .updateTable('jobs')
        .set({
          state: ending.state,
          owner: null,
          finished_at: ending.state === JobState.QUEUED ? null : Date.now(),
          error_code: ending.code ?? null,
          error_message: ending.message ?? null,
        })
        .where('id', '=', job.id)
        .execute();
      if (ending.state !== JobState.QUEUED) await handler.settled(job.input);
    } catch (error) {
      // The row still says that this process runs it: it is taken up again at the next start.
      this.logger.error(
        `The end of job ${job.id} was not written`,
        error instanceof Error ? error.stack : error,
      );
    }
  }

  private endingOf(error: unknown, job: Job, signal: AbortSignal): Ending {
    // Whatever a handler throws once it was told to stop, it stopped because it was told to.
    if (signal.aborted && signal.reason instanceof RunnerStopped) return { state: JobState.QUEUED };
    if (signal.aborted) return { state: JobState.CANCELLED };
    const { message, extensions } = publicError(error);
    if (!(error instanceof AppError)) {
      this.logger.error(
        `Job ${job.id} (${job.kind}) failed`,
        error instanceof Error ? error.stack : String(error),
      );
    }
    return { state: JobState.FAILED, code: extensions.code, message };
  }
}

interface Ending {
  readonly state: JobState;
  readonly code?: string;
  readonly message?: string;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
