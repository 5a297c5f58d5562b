import { Injectable } from '@nestjs/common';
import type { JobRun } from '../../jobs/index.ts';
import { DatasetsConfig } from '../datasets.config.ts';
import { downloadPlaceholder } from '../datasets.errors.ts';
import { DownloadLedger } from '../ledger/download-ledger.ts';
import { ImagesService } from '../catalogue/images.service.ts';

/**
 * Finds the pictures that servers send in place of ones they no longer have: the same bytes under
 * many different URLs of one host. Only when all is downloaded can they be told from the first
 * picture of a kind, so they are taken out again at the end.
 */
@Injectable()
export class PlaceholderSweep {
  constructor(
    private readonly ledger: DownloadLedger,
    private readonly images: ImagesService,
    private readonly config: DatasetsConfig,
  ) {}

  /** Deletes the images that are placeholders and counts them as failed. */
  async sweep(run: JobRun<unknown>): Promise<void> {
    const threshold = this.config.PLACEHOLDER_URLS;
    if (threshold === 0) return;
    for (const { host, sha256, urls } of await this.ledger.repeatedBytes(run.datasetId, threshold)) {
      run.signal.throwIfAborted();
      const error = downloadPlaceholder(host, urls);
      const images = await this.images.bySource(run.datasetId, sha256, host);
      await this.images.deleteImages(images.map(({ id }) => id));
      await this.ledger.markFailed(run.datasetId, host, sha256, error);
      run.advance(-images.length);
      for (const { externalId } of images) {
        run.fail({ item: externalId, code: error.code, message: error.message });
      }
    }
  }
}
