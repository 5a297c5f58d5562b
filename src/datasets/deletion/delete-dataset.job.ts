import { Injectable } from '@nestjs/common';
import { JobHandler, JobKind, JobStage, type JobRun } from '../../jobs/index.ts';
import { DownloadRepository } from '../ledger/download.repository.ts';
import { SourceFailureRepository } from '../sync/source-failure.repository.ts';
import { SourceItemRepository } from '../sync/source-item.repository.ts';
import { FileCheckRepository } from '../verification/file-check.repository.ts';
import { DatasetEvents } from '../catalogue/dataset-events.ts';
import { DatasetRepository } from '../catalogue/dataset.repository.ts';
import { ImageChangeRepository } from '../catalogue/image-change.repository.ts';
import { FILES, ImageRemover } from './image-remover.ts';
import { ImageRepository } from '../catalogue/image.repository.ts';
import { AttributeRepository } from '../attributes/attribute.repository.ts';
import { LabelRepository } from '../catalogue/label.repository.ts';
import { SliceSize } from './slice-size.ts';
import { Transactions } from '../catalogue/transactions.ts';

/** The maximum number of rows without files that are deleted at a time. */
const ROWS = 1_000;

/**
 * Deletes a dataset: its index first, then its images in batches, then what is recorded of them, and last its own row.
 * If it is interrupted, it goes on where it was.
 */
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
    private readonly sourceFailures: SourceFailureRepository,
    private readonly sourceItems: SourceItemRepository,
    private readonly fileChecks: FileCheckRepository,
    private readonly remover: ImageRemover,
    private readonly events: DatasetEvents,
  ) {
    super();
  }

  async run(run: JobRun<unknown>): Promise<void> {
    const { datasetId } = run;
    await this.events.datasetDeleting(datasetId, run.signal);
    // What an interrupted run has deleted is not there to be counted again.
    let deleted = run.countedBefore;
    const total = deleted + (await this.images.count(datasetId));
    run.setTotal(total);
    run.advance(deleted);
    run.enterStage(JobStage.DELETING, 1);
    let withFiles = 0;
    for (let more = true; more;) {
      run.signal.throwIfAborted();
      const images = await this.remover.deleteSome(datasetId);
      deleted += images;
      run.advance(images);
      // Together, since each transaction has to reach the disk, however little it writes.
      withFiles += images;
      if (images === 0 || withFiles >= FILES) {
        await this.remover.removeDiscardedFiles();
        withFiles = 0;
      }
      // Images may have been added since they were counted.
      if (deleted > total) run.setTotal(deleted);
      if (images > 0) continue;
      await this.deleteRecords(datasetId, run.signal);
      more = !(await this.deleteIfEmpty(datasetId));
    }
    // Others may have added and deleted images meanwhile.
    run.setTotal(deleted);
  }

  /** What deleted images have left in other tables, as many rows as the dataset ever had images. */
  private async deleteRecords(datasetId: number, signal: AbortSignal): Promise<void> {
    const { downloads, sourceFailures, sourceItems, fileChecks, changes, labels } = this;
    const unusedLabels = { deleteSome: labels.deleteSomeUnused.bind(labels) };
    for (const table of [downloads, sourceFailures, sourceItems, fileChecks, changes, unusedLabels]) {
      const size = new SliceSize(ROWS);
      for (let isComplete = false; !isComplete;) {
        signal.throwIfAborted();
        isComplete = await this.transactions.commitSlice(
          size,
          async (transaction, rows) => (await table.deleteSome(datasetId, rows, transaction)) < rows,
        );
      }
    }
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
