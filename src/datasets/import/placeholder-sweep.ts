import { Injectable } from '@nestjs/common';
import type { JobRun } from '../../jobs/index.ts';
import { DatasetsConfig } from '../datasets.config.ts';
import { downloadPlaceholder } from '../datasets.errors.ts';
import { DownloadRepository } from '../ledger/download.repository.ts';
import type { Image } from '../catalogue/images.ts';
import { ImagesService } from '../catalogue/images.service.ts';

/**
 * Finds the placeholders that servers send instead of pictures they no longer have: the same bytes
 * from many different URLs of one host. They can only be recognised once everything is downloaded,
 * so they are removed at the end.
 */
@Injectable()
export class PlaceholderSweep {
  constructor(
    private readonly ledger: DownloadRepository,
    private readonly images: ImagesService,
    private readonly config: DatasetsConfig,
  ) {}

  /** Deletes images that are placeholders and counts them as failed. `onSwept` is called with each. */
  async sweep(run: JobRun<unknown>, onSwept?: (image: Image) => void): Promise<void> {
    const threshold = this.config.PLACEHOLDER_URLS;
    if (threshold === 0) return;
    for (const { host, sha256, urls } of await this.ledger.listRepeatedBodies(run.datasetId, threshold)) {
      run.signal.throwIfAborted();
      const error = downloadPlaceholder(host, urls);
      const images = await this.images.listBySource(run.datasetId, sha256, host);
      await this.images.deleteImages(images.map(({ id }) => id));
      await this.ledger.markFailed(run.datasetId, host, sha256, error);
      run.advance(-images.length);
      for (const image of images) {
        run.fail({ item: image.externalId, code: error.code, message: error.message });
        onSwept?.(image);
      }
    }
  }
}
