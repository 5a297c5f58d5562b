import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../common/index.ts';
import { JobClaims } from './job-claims.ts';
import { RunnerStopped } from './job-ending.ts';
import { endFault, JobExecution, LONGEST_PAUSE_MS, pause } from './job-execution.ts';
import { JobHandlers } from './job-handlers.ts';
import { isActive, JobQueue } from './job-queue.ts';
import { JobRepository } from './job.repository.ts';
import { JobState, type Job } from './job.ts';
import { JobsConfig } from './jobs.config.ts';
import { jobInterrupted } from './jobs.errors.ts';
import { PersistingFaults } from './persisting-faults.ts';
import { ProcessPresence } from './process-presence.ts';

const POLL_MS = 500;
/** The time between two reads of a job that a caller waits for. */
const WAIT_MS = 100;

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
  readonly datasetId: number;
  readonly execution: JobExecution;
  readonly ended: Promise<void>;
}

const QUEUE_FAULT = 'The queue of jobs cannot be read or written';

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
  /** The only dataset whose jobs are run; undefined for all. */
  private datasetId: number | undefined;
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
    this.datasetId = only?.datasetId;
    this.loop = this.claimUntilStopped();
  }

  /** Runs the jobs of this dataset only from now on. Those of others that are running return to the queue. */
  turnTo(datasetId: number): void {
    this.datasetId = datasetId;
    for (const running of this.running.values()) this.stopIfOfOther(running);
    this.queue.wake();
  }

  /**
   * Stops all jobs: each ends at the next point where it can and returns to the queue, to resume at the
   * next start.
   *
   * Resolves within the runner's patience, 8 seconds, whatever the handlers do. A job whose row cannot
   * be written by then is returned to the queue by the next process on the data, once this one has ended.
   */
  stop(): Promise<void> {
    this.stopped ??= this.stopJobs();
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
      await pause(WAIT_MS, this.stopping.signal, ...(signal === undefined ? [] : [signal]));
    }
  }

  private stopIfOfOther({ datasetId, execution }: Running): void {
    if (this.datasetId !== undefined && datasetId !== this.datasetId)
      execution.requestStop(new RunnerStopped('The process turns to another dataset'));
  }

  private async stopJobs(): Promise<void> {
    this.stopping.abort(new RunnerStopped('The process is shutting down'));
    for (const { execution } of this.running.values()) execution.requestStop(this.stopping.signal.reason);
    if (!(await isWithin(this.drain(), this.patience.handlersMs))) {
      const jobs = [...this.running.keys()].join(', ');
      this.logger.warn(`Jobs that do not stop are abandoned (jobs: ${jobs})`);
      if (!(await isWithin(this.returnToQueue(), this.patience.lastWriteMs))) {
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

  private async returnToQueue(): Promise<void> {
    await Promise.all([...this.running.values()].map(({ execution }) => execution.returnToQueue()));
  }

  private async claimUntilStopped(): Promise<void> {
    let wake: () => void = () => undefined;
    const unsubscribe = this.queue.onWake(() => wake());
    try {
      for (let pauseMs = POLL_MS; !this.stopping.signal.aborted;) {
        const woken = new Promise<void>((resolve) => (wake = resolve));
        const works = await this.claimJobs();
        pauseMs = works ? POLL_MS : Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
        await Promise.race([woken, pause(pauseMs, this.stopping.signal)]);
      }
    } finally {
      unsubscribe();
    }
  }

  /** Returns false if the queue cannot be read or written at the moment. */
  private async claimJobs(): Promise<boolean> {
    try {
      try {
        await this.claims.recoverOrphans();
      } finally {
        await this.claimUntilBusy();
      }
      this.faults.over(QUEUE_FAULT);
      return true;
    } catch (error) {
      this.faults.met(QUEUE_FAULT, error);
      return false;
    }
  }

  private async claimUntilBusy(): Promise<void> {
    while (this.running.size < this.config.JOBS_CONCURRENCY && !this.stopping.signal.aborted) {
      const job = await this.claims.claimNext(this.datasetId);
      if (job === undefined) return;
      const execution = new JobExecution(job, this.handlers.getHandler(job.kind), {
        repository: this.repository,
        queue: this.queue,
        faults: this.faults,
        owner: this.presence.id,
        stopping: this.stopping.signal,
      });
      const ended = execution.execute().finally(() => {
        this.running.delete(job.id);
        // The next job of the dataset may have waited for this one.
        this.queue.wake();
      });
      const running = { datasetId: job.datasetId, execution, ended };
      this.running.set(job.id, running);
      // The runner may have turned to another dataset while the job was claimed.
      this.stopIfOfOther(running);
    }
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
