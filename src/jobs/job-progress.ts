import type { JobEnding } from './job-ending.ts';
import type { JobCounts, JobRun } from './job-handler.port.ts';
import type { JobProgressRow, JobRepository } from './job.repository.ts';
import { JobState, type ItemFailure, type Job, type JobStage } from './job.ts';
import { StageProgress } from './stage-progress.ts';

const SHOWN_HOSTS = 10;
/** Failures written in one transaction. */
const FAILURES_AT_ONCE = 500;

/** What the row of a job says after a write. */
interface Written {
  readonly state: JobState;
  readonly cancelRequested: boolean;
}

/**
 * Counts what a running job does, and writes it to the job's row a few times per second rather than
 * once per item. What a failed write did not keep is written by the next one.
 */
export class JobProgress implements JobRun<unknown> {
  readonly jobId: number;
  readonly datasetId: number;
  readonly input: unknown;
  readonly countedBefore: number;
  private total: number | null = null;
  private done = 0;
  private warned = 0;
  private bytes = 0;
  private hosts: () => readonly string[] = () => [];
  private readonly failedItems = new Set<string>();
  private readonly reasons = new Map<string, { items: number; first: ItemFailure }>();
  private readonly unwritten: ItemFailure[] = [];
  private readonly stages: StageProgress;
  /** The most items that were ever shown as done or failed. */
  private shown: number;
  private writing: Promise<unknown> = Promise.resolve();

  /** `owner` is the process that runs the job. Once the row names another, nothing is written. */
  constructor(
    private readonly repository: JobRepository,
    job: Job,
    private readonly owner: string,
    readonly signal: AbortSignal,
  ) {
    this.jobId = job.id;
    this.datasetId = job.datasetId;
    this.input = job.input;
    this.countedBefore = job.done + job.failed;
    this.shown = this.countedBefore;
    this.total = job.total;
    this.stages = new StageProgress(job.progress);
  }

  get counts(): JobCounts {
    const [commonest] = [...this.reasons.values()].sort((a, b) => b.items - a.items);
    return { done: this.done, failed: this.failedItems.size, commonestFailure: commonest?.first };
  }

  enterStage(stage: JobStage, until: number): void {
    this.stages.enter(stage, until, this.counted);
  }

  showShare(share: number): void {
    this.stages.showShare(share);
  }

  countAgain(): void {
    this.shown = Math.max(this.shown, this.counted);
    this.done = 0;
    this.stages.countAgain(this.counted);
  }

  setTotal(total: number): void {
    this.total = total;
  }

  advance(items = 1): void {
    this.done += items;
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
    if (this.failedItems.has(failure.item)) return;
    this.failedItems.add(failure.item);
    this.unwritten.push(failure);
    const reason = this.reasons.get(failure.code);
    if (reason === undefined) this.reasons.set(failure.code, { items: 1, first: failure });
    else reason.items += 1;
  }

  /**
   * Writes the counts, the new failures and, if `ending` is given, how the job ended. A job whose
   * cancellation was requested ends as cancelled, unless it has succeeded.
   *
   * Resolves with what the row says now; undefined if the job no longer belongs to this process.
   */
  write(ending?: JobEnding): Promise<Written | undefined> {
    // One after the other: two concurrent writes would both write the same failures.
    const writeAll = () => this.writeAll(ending);
    const write = this.writing.then(() => (ending ? this.repository.makingRoom(writeAll) : writeAll()));
    this.writing = write.catch(() => undefined);
    return write;
  }

  private get counted(): number {
    return this.done + this.failedItems.size;
  }

  private async writeAll(ending: JobEnding | undefined): Promise<Written | undefined> {
    for (;;) {
      const failures = this.unwritten.slice(0, FAILURES_AT_ONCE);
      const isRest = failures.length === this.unwritten.length;
      const endOf = (cancelRequested: boolean) => (isRest ? finalEnding(ending, cancelRequested) : undefined);
      const written = await this.repository.writeProgress(
        this.jobId,
        this.owner,
        this.progress(ending?.state),
        failures,
        endOf,
      );
      // Only now: what a failed transaction did not keep is written by the next one.
      this.unwritten.splice(0, failures.length);
      if (isRest || written === undefined) return written;
    }
  }

  /** `state`: in which the job ends, if it does. */
  private progress(state: JobState | undefined): JobProgressRow {
    const { total, counted } = this;
    const failed = this.failedItems.size;
    const hasSucceeded = state === JobState.SUCCEEDED;
    this.shown = Math.max(counted, Math.min(this.shown, total ?? this.shown));
    return {
      total,
      stage: this.stages.stage,
      progress: hasSucceeded ? 1 : this.stages.progress(counted, total),
      done: (hasSucceeded ? counted : this.shown) - failed,
      failed,
      warned: this.warned,
      bytes: this.bytes,
      hosts: this.hosts().slice(0, SHOWN_HOSTS),
      itemsPerSecond: this.stages.itemsPerSecond(counted, hasSucceeded ? null : total),
    };
  }
}

/** A job whose cancellation was requested ends as cancelled, unless it has succeeded. */
function finalEnding(ending: JobEnding | undefined, cancelRequested: boolean): JobEnding | undefined {
  if (ending === undefined || !cancelRequested || ending.state === JobState.SUCCEEDED) return ending;
  return { state: JobState.CANCELLED };
}
