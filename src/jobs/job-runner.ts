import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { AppError, isStorageFull, messageOf } from '../common/index.ts';
import { JobClaims } from './job-claims.ts';
import { endingAfter, JobCancelled, RunnerStopped, type JobEnding } from './job-ending.ts';
import { JobHandlers } from './job-handlers.ts';
import { JobProgress } from './job-progress.ts';
import { isActive, JobQueue } from './job-queue.ts';
import { JobRepository } from './job.repository.ts';
import { JobState, type Job } from './job.ts';
import { JobsConfig } from './jobs.config.ts';
import { jobInterrupted } from './jobs.errors.ts';
import { PersistingFaults } from './persisting-faults.ts';
import { ProcessPresence } from './process-presence.ts';

const POLL_MS = 500;
const WRITE_PROGRESS_MS = 250;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/** How long to wait for things that may never happen, in milliseconds. */
export interface RunnerPatience {
  /** For handlers to stop. */
  readonly handlersMs: number;
  /** Then, for their jobs to return to the queue. */
  readonly lastWriteMs: number;
  /** In `waitFor`, for a fault of the queue to pass. */
  readonly faultMs: number;
}

interface Running {
  readonly progress: JobProgress;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

const QUEUE_FAULT = 'The queue of jobs cannot be read or written';
const endFault = (id: number) => `The end of job ${id} cannot be written`;
const progressFault = (id: number) => `The progress of job ${id} cannot be written`;

/**
 * Runs the jobs in the queue, several at the same time but only one per dataset.
 *
 * Several processes can do this on the same data. If a process dies, its jobs return to the queue.
 */
@Injectable()
export class JobRunner {
  patience: RunnerPatience = { handlersMs: 6_000, lastWriteMs: 2_000, faultMs: 5_000 };
  private readonly logger = new Logger('Jobs');
  private readonly faults = new PersistingFaults();
  private readonly running = new Map<number, Running>();
  private readonly stopping = new AbortController();
  private loop: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly queue: JobQueue,
    private readonly claims: JobClaims,
    private readonly repository: JobRepository,
    private readonly handlers: JobHandlers,
    private readonly presence: ProcessPresence,
    private readonly config: JobsConfig,
  ) {}

  /** Starts to run jobs: of all datasets, or of one. */
  start(only?: { datasetId: number }): void {
    if (this.loop !== undefined) return;
    this.handlers.assertComplete();
    this.presence.announce();
    this.loop = this.claimUntilStopped(only?.datasetId);
  }

  /**
   * Stops all jobs: each ends at the next point where it can and returns to the queue, to resume at the
   * next start.
   *
   * Resolves within the runner's patience, 8 seconds, whatever the handlers do. A job whose row cannot
   * be written by then is returned to the queue by the next process on the data, once this one has ended.
   */
  stop(): Promise<void> {
    this.stopped ??= this.letGo();
    return this.stopped;
  }

  /**
   * Waits until a job has ended, in whichever process it runs, and passes it to `onProgress` from time
   * to time.
   *
   * Rejects with the signal's reason, with `JOB_INTERRUPTED` if this runner is stopped first, and with
   * a lasting fault of the queue or of writing the end of the job, such as `STORAGE_FULL`. The job then
   * still exists, and resumes when it can or with the next process.
   */
  async waitFor(id: number, onProgress?: (job: Job) => void, signal?: AbortSignal): Promise<Job> {
    for (;;) {
      signal?.throwIfAborted();
      const job = await this.queue.get(id);
      onProgress?.(job);
      if (!isActive(job)) return job;
      if (this.stopping.signal.aborted) throw jobInterrupted(id);
      const what = job.state === JobState.QUEUED ? QUEUE_FAULT : endFault(id);
      const fault = this.faults.lasting(what, this.patience.faultMs);
      if (fault !== undefined) throw fault;
      await this.pause(100, signal);
    }
  }

  private async letGo(): Promise<void> {
    this.stopping.abort(new RunnerStopped('The process is shutting down'));
    for (const { stop } of this.running.values()) stop.abort(this.stopping.signal.reason);
    if (!(await isWithin(this.drain(), this.patience.handlersMs))) {
      const jobs = [...this.running.keys()].join(', ');
      this.logger.warn(`Jobs that do not stop are abandoned (jobs: ${jobs})`);
      if (!(await isWithin(this.giveBack(), this.patience.lastWriteMs))) {
        this.logger.warn(
          'Jobs could not be returned to the queue; the next process on the data will return them',
        );
      }
    }
    try {
      this.presence.withdraw();
    } catch (error) {
      this.logger.warn(`The lock of this process was not removed: ${messageOf(error)}`);
    }
  }

  private async drain(): Promise<void> {
    await this.loop;
    await Promise.all([...this.running.values()].map(({ ended }) => ended));
  }

  /** From here on, nothing that the handlers still do changes their jobs. */
  private async giveBack(): Promise<void> {
    const jobs = [...this.running.values()];
    await Promise.all(jobs.map(({ progress }) => progress.write({ state: JobState.QUEUED })));
  }

  private async claimUntilStopped(datasetId: number | undefined): Promise<void> {
    let wake: () => void = () => undefined;
    const unsubscribe = this.queue.onWake(() => wake());
    try {
      for (let pause = POLL_MS; !this.stopping.signal.aborted;) {
        const woken = new Promise<void>((resolve) => (wake = resolve));
        const works = await this.claimJobs(datasetId);
        pause = works ? POLL_MS : Math.min(pause * 2, LONGEST_PAUSE_MS);
        await Promise.race([woken, this.pause(pause)]);
      }
    } finally {
      unsubscribe();
    }
  }

  /** Returns false if the queue cannot be read or written at the moment. */
  private async claimJobs(datasetId: number | undefined): Promise<boolean> {
    try {
      try {
        await this.claims.recoverOrphans();
      } finally {
        await this.claimUntilBusy(datasetId);
      }
      this.faults.over(QUEUE_FAULT);
      return true;
    } catch (error) {
      this.faults.met(QUEUE_FAULT, error);
      return false;
    }
  }

  private async claimUntilBusy(datasetId: number | undefined): Promise<void> {
    while (this.running.size < this.config.JOBS_CONCURRENCY && !this.stopping.signal.aborted) {
      const job = await this.claims.claimNext(datasetId);
      if (job === undefined) return;
      const stop = new AbortController();
      if (this.stopping.signal.aborted) stop.abort(this.stopping.signal.reason);
      const progress = new JobProgress(this.repository, job, this.presence.id, stop.signal);
      const ended = this.runJob(job, progress, stop).finally(() => {
        this.running.delete(job.id);
        // The next job of the dataset may have waited for this one.
        this.queue.wake();
      });
      this.running.set(job.id, { progress, stop, ended });
    }
  }

  private async runJob(job: Job, progress: JobProgress, stop: AbortController): Promise<void> {
    const handler = this.handlers.getHandler(job.kind);
    const over = new AbortController();
    const reporting = this.report(progress, stop, over.signal);
    let ending: JobEnding = { state: JobState.SUCCEEDED };
    try {
      stop.signal.throwIfAborted();
      await handler.run(progress);
    } catch (error) {
      ending = endingAfter(error, stop.signal);
      const isExpected = error instanceof AppError || isStorageFull(error);
      if (ending.state === JobState.FAILED && !isExpected) {
        this.logger.error(`Job ${job.id} (${job.kind}) failed`, error instanceof Error ? error.stack : error);
      }
    }
    over.abort();
    await reporting;
    const state = await this.writeEnd(job, progress, ending);
    if (state === undefined || state === JobState.QUEUED) return;
    try {
      await handler.settled(job.input);
    } catch (error) {
      this.logger.error(`The clean-up after job ${job.id} failed: ${messageOf(error)}`);
    }
  }

  /** Writes progress, and checks whether the job is to be cancelled, until it is over. */
  private async report(progress: JobProgress, stop: AbortController, over: AbortSignal): Promise<void> {
    const fault = progressFault(progress.jobId);
    while (!over.aborted) {
      await sleep(WRITE_PROGRESS_MS, undefined, { signal: over }).catch(() => undefined);
      if (over.aborted) break;
      try {
        const written = await progress.write();
        if (written?.cancelRequested) stop.abort(new JobCancelled('The job was cancelled'));
        this.faults.over(fault);
      } catch (error) {
        this.faults.met(fault, error);
      }
    }
    this.faults.over(fault);
  }

  /**
   * Tries to write the end of the job until it succeeds: what ended the job, such as a full disk, may
   * still last. Resolves with the state that was written, or undefined if the process stops first.
   */
  private async writeEnd(job: Job, progress: JobProgress, ending: JobEnding): Promise<JobState | undefined> {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const isLastAttempt = this.stopping.signal.aborted;
      try {
        const written = await progress.write(ending);
        this.faults.over(endFault(job.id));
        return written?.state;
      } catch (error) {
        this.faults.met(endFault(job.id), error);
        // The row still names this process, so the next process returns the job to the queue.
        if (isLastAttempt) return undefined;
      }
      await this.pauseUntilWoken(pause);
    }
  }

  private async pauseUntilWoken(ms: number): Promise<void> {
    let unsubscribe: () => void = () => undefined;
    const woken = new Promise<void>((resolve) => (unsubscribe = this.queue.onWake(resolve)));
    await Promise.race([woken, this.pause(ms)]).finally(unsubscribe);
  }

  /** Ends early, without an error, if the runner stops or the signal aborts. */
  private async pause(ms: number, signal?: AbortSignal): Promise<void> {
    const signals = signal === undefined ? [this.stopping.signal] : [this.stopping.signal, signal];
    await sleep(ms, undefined, { signal: AbortSignal.any(signals) }).catch(() => undefined);
  }
}

/** Whether the work settles in time. If it rejects in time, so does this; later errors are ignored. */
async function isWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const patience = new AbortController();
  const late = sleep(ms, false, { signal: patience.signal }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    patience.abort();
    work.catch(() => undefined);
  }
}
