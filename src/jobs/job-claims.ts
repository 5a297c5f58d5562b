import { Logger } from '@nestjs/common';
import type { Kysely, Transaction } from 'kysely';
import type { Database } from '../database/index.ts';
import { toJob } from './job-queue.ts';
import { JobState, type Job } from './job.ts';
import type { JobsTables } from './job.tables.ts';
import type { ProcessPresence } from './process-presence.ts';

/** Decides, with the other processes on the same data, which process runs which job. */
export class JobClaims {
  private readonly logger = new Logger('Jobs');

  private readonly db: Kysely<JobsTables>;

  constructor(
    private readonly database: Database,
    private readonly presence: ProcessPresence,
  ) {
    this.db = database.tables<JobsTables>();
  }

  /** Takes the oldest job whose dataset no other job is running for: of all datasets, or of one. */
  async take(datasetId: number | undefined): Promise<Job | undefined> {
    const work = async (trx: Transaction<JobsTables>) => {
      let next = trx
        .selectFrom('jobs')
        .select('id')
        .where('state', '=', JobState.QUEUED)
        .where('dataset_id', 'not in', (eb) =>
          eb.selectFrom('jobs').select('dataset_id').where('state', '=', JobState.RUNNING),
        )
        .orderBy('id')
        .limit(1);
      if (datasetId !== undefined) next = next.where('dataset_id', '=', datasetId);
      const job = await next.executeTakeFirst();
      if (job === undefined) return undefined;
      await trx.deleteFrom('job_failures').where('job_id', '=', job.id).execute();
      return trx
        .updateTable('jobs')
        .set({ state: JobState.RUNNING, owner: this.presence.id, started_at: Date.now(), done: 0, failed: 0 })
        .where('id', '=', job.id)
        .returningAll()
        .executeTakeFirstOrThrow();
    };
    const row = await this.database.makingRoom(() => this.db.transaction().execute(work));
    return row === undefined ? undefined : toJob(row);
  }

  /**
   * Returns the jobs of processes that are gone to the queue. One that fails does not keep the others
   * from it: the first failure is thrown after them.
   */
  async recoverOrphans(): Promise<void> {
    const rows = await this.db
      .selectFrom('jobs')
      .select(['id', 'owner'])
      .where('state', '=', JobState.RUNNING)
      .execute();
    let failure: { readonly error: unknown } | undefined;
    for (const { id, owner } of rows) {
      try {
        await this.recover(id, owner);
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
  }

  private async recover(id: number, owner: string | null): Promise<void> {
    if (owner !== null && this.presence.isAlive(owner)) return;
    const returning = this.db
      .updateTable('jobs')
      .set({ state: JobState.QUEUED, owner: null })
      .where('id', '=', id)
      .where('owner', owner === null ? 'is' : '=', owner)
      .where('state', '=', JobState.RUNNING)
      .returning('id');
    const orphan = await this.database.makingRoom(() => returning.executeTakeFirst());
    if (orphan !== undefined) this.logger.log(`Job ${id} returns to the queue: its process is gone`);
  }
}
