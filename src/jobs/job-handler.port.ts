import type { ItemFailure, JobKind } from './job.ts';

/** What a run of a job has come to so far. */
export interface JobCounts {
  readonly done: number;
  readonly failed: number;
  /** An example of the failures with the most frequent code. */
  readonly commonestFailure: ItemFailure | undefined;
}

/** What a running job sees of the queue. Counting costs nothing: the table is written a few times a second. */
export interface JobRun<Input> {
  readonly jobId: number;
  readonly datasetId: number;
  readonly input: Input;
  /** Aborted when the job is cancelled or the process shuts down; throw its `reason` to stop. */
  readonly signal: AbortSignal;
  readonly counts: JobCounts;
  setTotal(total: number): void;
  /** Counts items done, 1 unless told; negative where what was done is taken back. */
  advance(items?: number): void;
  /** Counts bytes that came over the network. */
  transferred(bytes: number): void;
  /** Says where to ask for the hosts that the job is dealing with at the moment. */
  watchHosts(hosts: () => readonly string[]): void;
  /** Counts an item as failed and keeps it in the job's list of failures, once an item. */
  fail(failure: ItemFailure): void;
}

/**
 * Does one kind of job.
 *
 * A run may be ended at any point (SIGKILL included) and the job is then run again from its input,
 * in this process or another. So a handler is idempotent, skips what is already there, and counts
 * it as done. No two jobs of a dataset run at once.
 */
export abstract class JobHandler<Input = unknown> {
  abstract readonly kind: JobKind;

  /** Rejects with an `AppError` for a reason people can act on; with `run.signal.reason` when aborted. */
  abstract run(run: JobRun<Input>): Promise<void>;

  /** Clears away what the input referred to (an uploaded file), once the job has ended for good. */
  async settled(_input: Input): Promise<void> {
    // Most inputs are plain values.
  }
}
