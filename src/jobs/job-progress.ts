import type { Kysely } from 'kysely';
import type { JobRun } from './job-handler.port.ts';
import type { JobsTables } from './job.tables.ts';
import type { ItemFailure, Job } from './job.ts';

const SHOWN_HOSTS = 10;

/**
 * Counts what a running job does, and writes it to the table a few times a second rather than
 * once an item.
 */
export class JobProgress implements JobRun<unknown> {
  readonly jobId: number;
  readonly datasetId: number;
  readonly input: unknown;
  private total: number | null = null;
  private done = 0;
  private failed = 0;
  private bytes = 0;
  private hosts: () => readonly string[] = () => [];
  private readonly failedItems = new Set<string>();
  private unwritten: ItemFailure[] = [];
  private readonly startedAt = performance.now();

  constructor(
    private readonly db: Kysely<JobsTables>,
    job: Job,
    readonly signal: AbortSignal,
  ) {
    this.jobId = job.id;
    this.datasetId = job.datasetId;
    this.input = job.input;
  }

  setTotal(total: number): void {
    this.total = total;
  }

  advance(items = 1): void {
    this.done += items;
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
    this.failed += 1;
    this.unwritten.push(failure);
  }

  /** Writes the counts and the new failures. Returns whether somebody asked to cancel the job. */
  async write(): Promise<{ cancelRequested: boolean }> {
    const failures = this.unwritten;
    this.unwritten = [];
    const seconds = (performance.now() - this.startedAt) / 1000;
    return this.db.transaction().execute(async (trx) => {
      for (const { item, code, message } of failures) {
        await trx
          .insertInto('job_failures')
          .values({ job_id: this.jobId, item, code, message })
          .onConflict((conflict) => conflict.columns(['job_id', 'item']).doUpdateSet({ code, message }))
          .execute();
      }
      const row = await trx
        .updateTable('jobs')
        .set({
          total: this.total,
          done: this.done,
          failed: this.failed,
          bytes: this.bytes,
          hosts: JSON.stringify(this.hosts().slice(0, SHOWN_HOSTS)),
          items_per_second: seconds > 0 ? (this.done + this.failed) / seconds : null,
        })
        .where('id', '=', this.jobId)
        .returning('cancel_requested')
        .executeTakeFirst();
      return { cancelRequested: row?.cancel_requested === 1 };
    });
  }
}
