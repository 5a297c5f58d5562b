import type { ItemFailure, JobKind, JobStage } from './job.ts';

/** What a run of a job has achieved so far, in its present pass over the items. */
export interface JobCounts {
  readonly done: number;
  readonly failed: number;
  /** The first failure with the most frequent code. */
  readonly commonestFailure: ItemFailure | undefined;
}

/** A handler's view of the job that it runs. Counting is cheap: it is written only a few times per second. */
export interface JobRun<Input> {
  readonly jobId: number;
  readonly datasetId: number;
  readonly input: Input;
  /** Aborts if the job is cancelled or the process shuts down; throw its `reason` to stop. */
  readonly signal: AbortSignal;
  readonly counts: JobCounts;
  /** How many items an earlier run of the job had counted, done or failed, when it was interrupted. */
  readonly countedBefore: number;
  /**
   * Says what is being done from now on, and which share of the whole job, 0 to 1, will be done at the end of it. What
   * users see moves there with the items that are counted meanwhile, and never back.
   */
  enterStage(stage: JobStage, until: number): void;
  /** How much of the present stage is done, 0 to 1, if that does not show from the items that are counted. */
  showShare(share: number): void;
  /** Counts items from zero, in a further pass over them. What users see stays until this exceeds it. */
  countAgain(): void;
  setTotal(total: number): void;
  /** Counts items as done, 1 by default; a negative number takes back what was counted. */
  advance(items?: number): void;
  /** Counts an item that is done, or about to be, as one with a warning. */
  warn(): void;
  /** Counts bytes received over the network. */
  transferred(bytes: number): void;
  /** Sets the function that returns the hosts the job is currently downloading from. */
  watchHosts(hosts: () => readonly string[]): void;
  /** Counts an item as failed and adds it to the job's list of failures. Later calls for the item do nothing. */
  fail(failure: ItemFailure): void;
}

/**
 * Carries out one kind of job.
 *
 * A run can be ended at any point, by SIGKILL too; the job is then run again from its input, in this
 * process or another. A handler must therefore be idempotent, skip what is already done, and count it
 * as done. Two jobs of one dataset never run at the same time.
 *
 * @example
 * class CountImagesJob extends JobHandler<{ limit: number }> {
 *   readonly kind = JobKind.COUNT_IMAGES;
 *
 *   async run(run: JobRun<{ limit: number }>) {
 *     run.setTotal(run.input.limit);
 *     for (let image = 0; image < run.input.limit; image += 1) {
 *       run.signal.throwIfAborted();
 *       run.advance();
 *     }
 *   }
 * }
 */
export abstract class JobHandler<Input = unknown> {
  abstract readonly kind: JobKind;

  /** Rejects with an `AppError` for a failure that users can act on, or with `run.signal.reason` if aborted. */
  abstract run(run: JobRun<Input>): Promise<void>;

  /** Removes what the input refers to, such as an uploaded file, once the job has ended for good. */
  async settled(_input: Input): Promise<void> {
    // Most inputs refer to nothing that has to be removed.
  }
}
