import { Injectable } from '@nestjs/common';
import type { Kysely, Transaction } from 'kysely';
import { Database } from '../../database/index.ts';
import { JobHandler, JobKind, type JobRun } from '../../jobs/index.ts';
import { DatasetEvents } from './dataset-events.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import { ImageRemover } from './image-remover.ts';

const BATCH = 500;

/** Deletes a dataset: its index first, then its images in batches, then itself. */
@Injectable()
export class DeleteDatasetJob extends JobHandler {
  readonly kind = JobKind.DELETE_DATASET;
  private readonly db: Kysely<DatasetsTables>;

  constructor(
    private readonly database: Database,
    private readonly remover: ImageRemover,
    private readonly events: DatasetEvents,
  ) {
    super();
    this.db = database.tables<DatasetsTables>();
  }

  async run(run: JobRun<unknown>): Promise<void> {
    const { datasetId } = run;
    await this.events.datasetDeleting(datasetId, run.signal);
    const total = await this.countImages(datasetId);
    let deleted = 0;
    run.setTotal(total);
    for (let more = true; more;) {
      run.signal.throwIfAborted();
      const rows = await this.db
        .selectFrom('images')
        .select('id')
        .where('dataset_id', '=', datasetId)
        .orderBy('id')
        .limit(BATCH)
        .execute();
      await this.remover.delete(rows.map(({ id }) => id));
      deleted += rows.length;
      run.advance(rows.length);
      if (deleted > total) run.setTotal(deleted);
      more = rows.length > 0 || !(await this.deleteIfEmpty(datasetId));
    }
    // Others may have added and deleted images meanwhile.
    run.setTotal(deleted);
  }

  private async countImages(datasetId: number): Promise<number> {
    const { images } = await this.db
      .selectFrom('images')
      .select((eb) => eb.fn.countAll<number>().as('images'))
      .where('dataset_id', '=', datasetId)
      .executeTakeFirstOrThrow();
    return images;
  }

  /** Images may be added through the API until the last moment; then there is one more round. */
  private async deleteIfEmpty(datasetId: number): Promise<boolean> {
    const work = async (trx: Transaction<DatasetsTables>) => {
      const image = await trx
        .selectFrom('images')
        .select('id')
        .where('dataset_id', '=', datasetId)
        .limit(1)
        .executeTakeFirst();
      if (image !== undefined) return false;
      await trx.deleteFrom('labels').where('dataset_id', '=', datasetId).execute();
      await trx.deleteFrom('downloads').where('dataset_id', '=', datasetId).execute();
      await trx.deleteFrom('image_changes').where('dataset_id', '=', datasetId).execute();
      await trx.deleteFrom('datasets').where('id', '=', datasetId).execute();
      return true;
    };
    return this.database.makingRoom(() => this.db.transaction().execute(work));
  }
}
