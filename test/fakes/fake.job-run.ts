import type { AppError } from '../../src/common/index.ts';
import type { ItemFailure, JobCounts, JobRun, JobStage } from '../../src/jobs/index.ts';

/** A job run that records everything that the handler reports. */
export class FakeJobRun<Input> implements JobRun<Input> {
  /** The error with which the job ended, if nothing could be imported. */
  error: AppError | undefined;
  total: number | undefined;
  done = 0;
  warned = 0;
  bytes = 0;
  hosts: () => readonly string[] = () => [];
  readonly failures: ItemFailure[] = [];
  readonly stages: JobStage[] = [];
  countedBefore = 0;
  private readonly abortion = new AbortController();

  constructor(
    readonly datasetId: number,
    readonly input: Input,
    /** Aborts the run once this many items are done. */
    private readonly abortAfter = Infinity,
    readonly jobId = 1,
  ) {}

  get signal(): AbortSignal {
    return this.abortion.signal;
  }

  get counts(): JobCounts {
    return { done: this.done, failed: this.failures.length, commonestFailure: this.failures[0] };
  }

  enterStage(stage: JobStage): void {
    this.stages.push(stage);
  }

  showShare(): void {
    // What is shown depends on it, but not what the job does.
  }

  countAgain(): void {
    this.done = 0;
  }

  setTotal(total: number): void {
    this.total = total;
  }

  advance(items = 1): void {
    this.done += items;
    if (this.done >= this.abortAfter) this.abort();
  }

  warn(): void {
    this.warned += 1;
  }

  transferred(bytes: number): void {
    this.bytes += bytes;
  }

  watchHosts(hosts: () => readonly string[]): void {
    this.hosts = hosts;
  }

  fail(failure: ItemFailure): void {
    this.failures.push(failure);
  }

  abort(): void {
    this.abortion.abort(new Error('aborted by the test'));
  }
}
