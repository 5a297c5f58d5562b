import type { Kysely, Transaction } from 'kysely';
import type { Database } from '../database/index.ts';
import type { JobEnding } from './job-ending.ts';
import type { JobCounts, JobRun } from './job-handler.port.ts';
import type { JobsTables } from './job.tables.ts';
import { JobState, type ItemFailure, type Job } from './job.ts';

const SHOWN_HOSTS = 10;
/** Failures written in one transaction. */
const FAILURES_AT_ONCE = 500;

/** What the table says of a job after a write. */
interface Written {
  readonly state: JobState;
  readonly cancelRequested: boolean;
}

/**
 * Counts what a running job does, and writes it to the table a few times a second rather than
 * once per item. What a failed write did not keep is written by the next one.
 */
export class JobProgress implements JobRun<unknown> {
  readonly jobId: number;
  readonly datasetId: number;
  readonly input: unknown;
  private total: number | null = null;
  private done = 0;
  private bytes = 0;
  private hosts: () => readonly string[] = () => [];
  private readonly failedItems = new Set<string>();
  private readonly reasons = new Map<string, { items: number; first: ItemFailure }>();
  private readonly unwritten: ItemFailure[] = [];
  private readonly startedAt = performance.now();
  private writing: Promise<unknown> = Promise.resolve();
  private readonly db: Kysely<JobsTables>;

  /** `owner`: the process that the job belongs to while it runs. Once it no longer does, nothing is written. */
  constructor(
    private readonly database: Database,
    job: Job,
    private readonly owner: string,
    readonly signal: AbortSignal,
  ) {
    this.db = database.tables<JobsTables>();
    this.jobId = job.id;
    this.datasetId = job.datasetId;
    this.input = job.input;
  }

  get counts(): JobCounts {
    const [commonest] = [...this.reasons.values()].sort((a, b) => b.items - a.items);
    return { done: this.done, failed: this.failedItems.size, commonestFailure: commonest?.first };
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
    this.unwritten.push(failure);
    const reason = this.reasons.get(failure.code);
    if (reason === undefined) this.reasons.set(failure.code, { items: 1, first: failure });
    else reason.items += 1;
  }

  /**
   * Writes the counts, the new failures and, with `ending`, how the job ended. A job that somebody
   * asked to cancel ends as cancelled unless it had succeeded.
   *
   * Resolves with what the table says now; undefined if the job is no longer this process's.
   */
  write(ending?: JobEnding): Promise<Written | undefined> {
    // In turn: two writes at once would both take the same failures.
    const writeAll = () => this.writeAll(ending);
    const write = this.writing.then(() => (ending ? this.database.makingRoom(writeAll) : writeAll()));
    this.writing = write.catch(() => undefined);
    return write;
  }

  private async writeAll(ending: JobEnding | undefined): Promise<Written | undefined> {
    for (;;) {
      const failures = this.unwritten.slice(0, FAILURES_AT_ONCE);
      const isRest = failures.length === this.unwritten.length;
      const written = await this.db
        .transaction()
        .execute((trx) => this.writeSome(trx, failures, isRest ? ending : undefined));
      this.unwritten.splice(0, failures.length);
      if (isRest || written === undefined) return written;
    }
  }

  private async writeSome(
    trx: Transaction<JobsTables>,
    failures: readonly ItemFailure[],
    ending: JobEnding | undefined,
  ): Promise<Written | undefined> {
    const job = await trx
      .selectFrom('jobs')
      .select('cancel_requested')
      .where('id', '=', this.jobId)
      .where('state', '=', JobState.RUNNING)
      .where('owner', '=', this.owner)
      .executeTakeFirst();
    if (job === undefined) return undefined;
    for (const { item, code, message } of failures) {
      await trx
        .insertInto('job_failures')
        .values({ job_id: this.jobId, item, code, message })
        .onConflict((conflict) => conflict.columns(['job_id', 'item']).doUpdateSet({ code, message }))
        .execute();
    }
    const cancelRequested = job.cancel_requested === 1;
    const end = ending && columnsOf(ending, cancelRequested);
    await trx
      .updateTable('jobs')
      .set({ ...this.columns(), ...end })
      .where('id', '=', this.jobId)
      .execute();
    return { state: end?.state ?? JobState.RUNNING, cancelRequested };
  }

  private columns() {
    const { done, failed } = this.counts;
    const seconds = (performance.now() - this.startedAt) / 1000;
    return {
      total: this.total,
      done,
      failed,
      bytes: this.bytes,
      hosts: JSON.stringify(this.hosts().slice(0, SHOWN_HOSTS)),
      items_per_second: seconds > 0 ? (done + failed) / seconds : null,
    };
  }
}

function columnsOf(ending: JobEnding, cancelRequested: boolean) {
  const isCancelled = cancelRequested && ending.state !== JobState.SUCCEEDED;
  const { state, error }: JobEnding = isCancelled ? { state: JobState.CANCELLED } : ending;
  return {
    state,
    owner: null,
    finished_at: state === JobState.QUEUED ? null : Date.now(),
    error_code: error?.code ?? null,
    error_message: error?.message ?? null,
  };
}
