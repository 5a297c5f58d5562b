import { Injectable } from '@nestjs/common';
import type { RowPage } from '../database/index.ts';
import { JobHandlers } from './job-handlers.ts';
import { JobRepository } from './job.repository.ts';
import { JobKind, JobState, type FailureCount, type ItemFailure, type Job } from './job.ts';
import { jobEnded, jobNotFound } from './jobs.errors.ts';

export interface JobRequest {
  readonly kind: JobKind;
  readonly datasetId: number;
  /** Plain JSON. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** The persistent queue of jobs: what was requested, how far it is, and how it ended. */
@Injectable()
export class JobQueue {
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly repository: JobRepository,
    private readonly handlers: JobHandlers,
  ) {}

  /** Queues a job. If the same job is queued or running already, that one is returned. */
  async enqueue({ kind, datasetId, input }: JobRequest): Promise<Job> {
    const insert = () => this.repository.insertUnlessActive({ kind, datasetId, input: canonicalJson(input) });
    // On a full disk a deletion frees space; any other job would only run out of it later.
    const isDeletion = kind === JobKind.DELETE_DATASET;
    const job = await (isDeletion ? this.repository.makingRoom(insert) : insert());
    this.wake();
    return job;
  }

  find(id: number): Promise<Job | undefined> {
    return this.repository.findById(id);
  }

  /** Rejects with `JOB_NOT_FOUND`. */
  async get(id: number): Promise<Job> {
    const job = await this.find(id);
    if (job === undefined) throw jobNotFound(id);
    return job;
  }

  /** Newest first, starting below the id `before`. */
  list(filter: RowPage & { readonly state?: JobState }): Promise<Job[]> {
    return this.repository.list(filter);
  }

  count(filter: { state?: JobState }): Promise<number> {
    return this.repository.count(filter);
  }

  /** In the order in which they happened. */
  failures(jobId: number, page: RowPage): Promise<(ItemFailure & { readonly id: number })[]> {
    return this.repository.listFailures(jobId, page);
  }

  /** How many items failed for each reason, the most frequent first. */
  countFailuresByCode(jobId: number): Promise<FailureCount[]> {
    return this.repository.countFailuresByCode(jobId);
  }

  countFailures(jobId: number): Promise<number> {
    return this.repository.countFailures(jobId);
  }

  /** The number of the last end of a job, of any process; ends are numbered in their order. */
  lastEnding(): Promise<number> {
    return this.repository.lastEnding();
  }

  /** The jobs that have ended after that, at most `limit`, with the numbers of their ends. */
  endingsAfter(ending: number, limit: number): Promise<{ readonly ending: number; readonly job: Job }[]> {
    return this.repository.listEndings(ending, limit);
  }

  /**
   * Cancels a job: immediately if it is queued, within a second if it is running, in any process. What
   * it has finished stays. Rejects with `JOB_NOT_FOUND`, or with `JOB_ENDED` if it is too late.
   */
  async cancel(id: number): Promise<Job> {
    const job = await this.cancelIfActive(id);
    if (job !== undefined) return job;
    const ended = await this.get(id);
    throw jobEnded(id, ended.state);
  }

  /** Whether a job of this kind is queued or running for a dataset. */
  async hasActive(datasetId: number, kind: JobKind): Promise<boolean> {
    return (await this.repository.listActiveIds(datasetId, kind)).length > 0;
  }

  /** Cancels everything that is queued or running for a dataset. */
  async cancelActive(datasetId: number): Promise<void> {
    for (const id of await this.repository.listActiveIds(datasetId)) await this.cancelIfActive(id);
  }

  /** Calls the listener whenever there may be something to do. Returns a function that unsubscribes it. */
  onWake(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Makes the runner of this process look at the queue. */
  wake(): void {
    for (const listener of this.listeners) listener();
  }

  private async cancelIfActive(id: number): Promise<Job | undefined> {
    const job = await this.repository.cancel(id);
    if (job === undefined) return undefined;
    if (job.state === JobState.CANCELLED) await this.handlers.getHandler(job.kind).settled(job.input);
    this.wake();
    return job;
  }
}

export function isActive(job: Job): boolean {
  return job.state === JobState.QUEUED || job.state === JobState.RUNNING;
}

/** JSON that does not depend on the order of keys. Members that are undefined are omitted. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
