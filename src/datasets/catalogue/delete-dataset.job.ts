import { Injectable } from '@nestjs/common';
import { JobHandler, JobKind, type JobRun } from '../../jobs/index.ts';
import { DownloadRepository } from '../ledger/download.repository.ts';
import { DatasetEvents } from './dataset-events.ts';
import { DatasetRepository } from './dataset.repository.ts';
import { ImageChangeRepository } from './image-change.repository.ts';
import { ImageRemover } from './image-remover.ts';
import { ImageRepository } from './image.repository.ts';
import { AttributeRepository } from '../attributes/attribute.repository.ts';
import { LabelRepository } from './label.repository.ts';
import { Transactions } from './transactions.ts';

/** The number of images that are deleted at a time. */
const BATCH = 500;

/** Deletes a dataset: its index first, then its images in batches, and last its own row. */
@Injectable()
export class DeleteDatasetJob extends JobHandler {
  readonly kind = JobKind.DELETE_DATASET;

  constructor(
    private readonly transactions: Transactions,
    private readonly datasets: DatasetRepository,
    private readonly images: ImageRepository,
    private readonly labels: LabelRepository,
    private readonly attributes: AttributeRepository,
    private readonly changes: ImageChangeRepository,
    private readonly downloads: DownloadRepository,
    private readonly remover: ImageRemover,
    private readonly events: DatasetEvents,
  ) {
    super();
  }

  async run(run: JobRun<unknown>): Promise<void> {
    const { datasetId } = run;
    await this.events.datasetDeleting(datasetId, run.signal);
    const total = await this.images.count(datasetId);
    let deleted = 0;
    run.setTotal(total);
    for (let more = true; more;) {
      run.signal.throwIfAborted();
      const ids = await this.images.listIds(datasetId, BATCH);
      await this.remover.deleteImages(ids);
      deleted += ids.length;
      run.advance(ids.length);
      // Images may have been added since they were counted.
      if (deleted > total) run.setTotal(deleted);
      more = ids.length > 0 || !(await this.deleteIfEmpty(datasetId));
    }
    // Others may have added and deleted images meanwhile.
    run.setTotal(deleted);
  }

  /** Images can be added through the API until the last moment; they are deleted in one more round. */
  private deleteIfEmpty(datasetId: number): Promise<boolean> {
    return this.transactions.commitMakingRoom(async (transaction) => {
      const [image] = await this.images.listIds(datasetId, 1, transaction);
      if (image !== undefined) return false;
      await this.labels.deleteAll(datasetId, transaction);
      await this.attributes.deleteUnused(datasetId, transaction);
      await this.downloads.deleteAll(datasetId, transaction);
      await this.changes.deleteAll(datasetId, transaction);
      await this.datasets.delete(datasetId, transaction);
      return true;
    });
  }
}
