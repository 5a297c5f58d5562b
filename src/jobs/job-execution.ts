import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { AppError, isStorageFull, messageOf } from '../common/index.ts';
import { endingAfter, JobCancelled, type JobEnding } from './job-ending.ts';
import type { JobHandler } from './job-handler.port.ts';
import { JobProgress } from './job-progress.ts';
import type { JobQueue } from './job-queue.ts';
import type { JobRepository } from './job.repository.ts';
import { JobState, type Job } from './job.ts';
import type { PersistingFaults } from './persisting-faults.ts';

const WRITE_PROGRESS_MS = 250;
const FIRST_PAUSE_MS = 250;
export const LONGEST_PAUSE_MS = 10_000;

export const endFault = (id: number) => `The end of job ${id} cannot be written`;
const progressFault = (id: number) => `The progress of job ${id} cannot be written`;

export interface JobExecutionParts {
  readonly repository: JobRepository;
  readonly queue: JobQueue;
  readonly faults: PersistingFaults;
  /** Identifies this process. */
  readonly owner: string;
  /** Aborts when the runner stops. */
  readonly stopping: AbortSignal;
}

/** One run of a claimed job: it calls the handler, writes the progress, and writes how the run ended. */
export class JobExecution {
  private readonly logger = new Logger('Jobs');
  private readonly stopRequest = new AbortController();
  private readonly progress: JobProgress;

  constructor(
    private readonly job: Job,
    private readonly handler: JobHandler,
    private readonly parts: JobExecutionParts,
  ) {
    if (parts.stopping.aborted) this.requestStop(parts.stopping.reason);
    this.progress = new JobProgress(parts.repository, job, parts.owner, this.stopRequest.signal);
  }

  /** Resolves once the end of the run is written, or the process stops before it can be written. */
  async execute(): Promise<void> {
    const handled = new AbortController();
    const reporting = this.reportUntil(handled.signal);
    const ending = await this.runHandler();
    handled.abort();
    await reporting;
    const state = await this.writeEnd(ending);
    if (state === undefined || state === JobState.QUEUED) return;
    try {
      await this.handler.settled(this.job.input);
    } catch (error) {
      this.logger.error(`The clean-up after job ${this.job.id} failed: ${messageOf(error)}`);
    }
  }

  /** Aborts the signal of the handler. */
  requestStop(reason: unknown): void {
    this.stopRequest.abort(reason);
  }

  /** Returns the job to the queue. From then on, nothing that the handler still does changes its row. */
  async returnToQueue(): Promise<void> {
    await this.progress.write({ state: JobState.QUEUED });
  }

  private async runHandler(): Promise<JobEnding> {
    const { id, kind } = this.job;
    const { signal } = this.stopRequest;
    try {
      signal.throwIfAborted();
      await this.handler.run(this.progress);
      return { state: JobState.SUCCEEDED };
    } catch (error) {
      const ending = endingAfter(error, signal);
      const isExpected = error instanceof AppError || isStorageFull(error);
      if (ending.state === JobState.FAILED && !isExpected) {
        this.logger.error(`Job ${id} (${kind}) failed`, error instanceof Error ? error.stack : error);
      }
      return ending;
    }
  }

  /** Writes progress, and checks whether cancellation has been requested, until the handler has ended. */
  private async reportUntil(handled: AbortSignal): Promise<void> {
    const { faults } = this.parts;
    const fault = progressFault(this.job.id);
    for (;;) {
      await pause(WRITE_PROGRESS_MS, handled);
      if (handled.aborted) break;
      try {
        const written = await this.progress.write();
        if (written?.cancelRequested) this.requestStop(new JobCancelled('The job was cancelled'));
        faults.over(fault);
      } catch (error) {
        faults.met(fault, error);
      }
    }
    faults.over(fault);
  }

  /**
   * Tries to write the end of the run until it succeeds: what ended it, such as a full disk, may still
   * last. Resolves with the state that was written, or undefined if the process stops first.
   */
  private async writeEnd(ending: JobEnding): Promise<JobState | undefined> {
    const { faults, stopping } = this.parts;
    const fault = endFault(this.job.id);
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const isLastAttempt = stopping.aborted;
      try {
        const written = await this.progress.write(ending);
        faults.over(fault);
        return written?.state;
      } catch (error) {
        faults.met(fault, error);
        // The row still names this process, so the next process returns the job to the queue.
        if (isLastAttempt) return undefined;
      }
      await this.pauseUntilWoken(pauseMs);
    }
  }

  private async pauseUntilWoken(ms: number): Promise<void> {
    const { queue, stopping } = this.parts;
    let unsubscribe: () => void = () => undefined;
    const woken = new Promise<void>((resolve) => (unsubscribe = queue.onWake(resolve)));
    await Promise.race([woken, pause(ms, stopping)]).finally(unsubscribe);
  }
}

/** Waits, but no longer than until one of the signals aborts. Never rejects. */
export async function pause(ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  await sleep(ms, undefined, { signal: AbortSignal.any([...signals]) }).catch(() => undefined);
}
