import { Injectable } from '@nestjs/common';
import { ImageChangeRepository } from '../catalogue/image-change.repository.ts';
import { ImageRemover } from '../deletion/image-remover.ts';
import { ImageRepository } from '../catalogue/image.repository.ts';
import { ImageWriter } from '../catalogue/image-writer.ts';
import { Transactions } from '../catalogue/transactions.ts';
import { ImageFetcher } from '../files/image-fetcher.port.ts';
import { ImageStore } from '../files/image-store.port.ts';
import { ImageIntake } from '../import/image-intake.ts';
import type { ImportInput } from '../import/import-input.ts';
import { SourceFailureRepository } from './source-failure.repository.ts';
import { SourceItemRepository } from './source-item.repository.ts';
import { sourceKeyOf } from './source-key.ts';
import { SourceLedger } from './source-ledger.ts';
import type { SyncCounts } from './sync-counts.ts';
import { SyncRun } from './sync-run.ts';
import type { SyncTask } from './sync-task.ts';

/** Starts synchronisations, and remembers what imports bring and what synchronisations have done. */
@Injectable()
export class SyncRuns {
  constructor(
    private readonly transactions: Transactions,
    private readonly items: SourceItemRepository,
    private readonly failures: SourceFailureRepository,
    private readonly images: ImageRepository,
    private readonly changes: ImageChangeRepository,
    private readonly writer: ImageWriter,
    private readonly remover: ImageRemover,
    private readonly intake: ImageIntake,
    private readonly fetcher: ImageFetcher,
    private readonly store: ImageStore,
  ) {}

  /** Begins a pass over a source; undefined for one that is not remembered. */
  async beginPass(datasetId: number, input: ImportInput): Promise<SourceLedger | undefined> {
    const key = sourceKeyOf(input);
    if (key === undefined) return undefined;
    const sourceId = await this.transactions.commit((transaction) =>
      this.items.openSource(datasetId, { key, root: rootOf(input) }, transaction),
    );
    return new SourceLedger(this.items, this.failures, this.transactions, sourceId);
  }

  start(task: SyncTask, ledger: SourceLedger): SyncRun {
    const { images, changes, writer, remover, intake, fetcher, store } = this;
    return new SyncRun(task, { images, changes, writer, remover, intake, fetcher, store, ledger });
  }

  async keepResult(jobId: number, datasetId: number, counts: SyncCounts): Promise<void> {
    await this.transactions.commit((transaction) =>
      this.items.keepResult(jobId, datasetId, counts, transaction),
    );
  }

  /** What a synchronisation has done; undefined if the job is none, or has not come to its end. */
  findResult(jobId: number): Promise<SyncCounts | undefined> {
    return this.items.findResult(jobId);
  }
}

/** The folder that the paths of a source start from; null if it has none, or has URLs for them. */
function rootOf({ source }: ImportInput): string | null {
  switch (source.kind) {
    case 'directory':
      return source.path;
    case 'annotations':
    case 'feed':
      return source.imagesRoot;
    case 'bucket':
    case 'ledger':
      return null;
  }
}
