import type { JobStage } from './job.ts';

/** How far a run of a job is over all its stages, and how fast it counts items. Neither depends on what is shown of it. */
export class StageProgress {
  stage: JobStage | null = null;

  /** The shares of the whole job at the beginning and the end of the present stage. */
  private from = 0;
  private until = 1;
  /** Of the present stage; undefined if the items show it. */
  private share: number | undefined;
  /** What had been counted when the present stage began. */
  private countedAtStart = 0;
  private readonly startedAt = performance.now();
  /** When the present pass over the items began. */
  private passStartedAt = this.startedAt;
  /** When all items of the pass had been counted. */
  private countedAllAt: number | undefined;
  private highest: number;

  /** `before` is the progress, 0 to 1, that an earlier run of the job had made. */
  constructor(before: number) {
    this.highest = before;
  }

  enter(stage: JobStage, until: number, counted: number): void {
    this.from = this.stage === null ? 0 : this.until;
    this.stage = stage;
    this.until = until;
    this.share = undefined;
    this.countedAtStart = counted;
    if (counted === 0) this.passStartedAt = performance.now();
  }

  showShare(share: number): void {
    this.share = share;
  }

  /** `counted`: of items that this pass need not count again. */
  countAgain(counted: number): void {
    this.countedAtStart = counted;
    this.passStartedAt = performance.now();
    this.countedAllAt = undefined;
  }

  /** The share of the whole job that is done, 0 to 1: never less than before. */
  progress(counted: number, total: number | null): number {
    const items = (total ?? 0) - this.countedAtStart;
    const share = this.share ?? (items > 0 ? (counted - this.countedAtStart) / items : 0);
    const now = this.from + (this.until - this.from) * Math.max(0, Math.min(1, share));
    this.highest = Math.max(this.highest, Math.min(1, now));
    return this.highest;
  }

  /**
   * In the present pass, until all of the `total` had been counted; since the run began if the total is null.
   * Null if no time has passed.
   */
  itemsPerSecond(counted: number, total: number | null): number | null {
    const now = performance.now();
    const isComplete = total !== null && counted >= total;
    this.countedAllAt = isComplete ? (this.countedAllAt ?? now) : undefined;
    const seconds =
      ((this.countedAllAt ?? now) - (total === null ? this.startedAt : this.passStartedAt)) / 1000;
    return seconds > 0 ? counted / seconds : null;
  }
}
