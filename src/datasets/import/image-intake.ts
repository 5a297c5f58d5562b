import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppError, storageFull } from '../../common/index.ts';
import type { ImageLocation, SourceImage } from '../sources/dataset-source.port.ts';
import { fileNameOf } from '../catalogue/file-name.ts';
import type { NewImage } from '../catalogue/images.ts';
import { imageLocationMissing } from '../datasets.errors.ts';
import { ImageFetcher } from '../files/image-fetcher.port.ts';
import { ImageStore } from '../files/image-store.port.ts';
import type { JobRun } from '../../jobs/index.ts';
import { RecordedDownloader } from '../ledger/recorded-downloader.ts';
import { ImageCheck } from './image-check.port.ts';

/** Fetches one image of a source, decodes it once to prove that it can be decoded, and stores it. */
@Injectable()
export class ImageIntake {
  constructor(
    private readonly fetcher: ImageFetcher,
    private readonly downloads: RecordedDownloader,
    private readonly check: ImageCheck,
    private readonly store: ImageStore,
  ) {}

  /** Tries the locations in order. If all fail, rejects with the error of the first. */
  async fetchAndStore(image: SourceImage, run: JobRun<unknown>): Promise<NewImage> {
    let problem: AppError | undefined;
    for (const location of image.locations) {
      run.signal.throwIfAborted();
      const accept = (bytes: Buffer) => this.checkAndStore(image, bytes, location);
      try {
        return 'url' in location
          ? await this.downloads.fetch(run, image, location.url, accept)
          : await accept(await this.fetcher.fetch(location, run.signal));
      } catch (error) {
        if (storageFull.is(error) || !(error instanceof AppError)) throw error;
        problem ??= error;
      }
    }
    throw problem ?? imageLocationMissing();
  }

  private async checkAndStore(image: SourceImage, bytes: Buffer, location: ImageLocation): Promise<NewImage> {
    const checked = await this.check.check(bytes);
    const sha256 = hash('sha256', bytes);
    await this.store.put(sha256, bytes);
    return {
      externalId: image.externalId,
      labels: image.labels,
      attributes: {},
      fileName: fileNameOf('url' in location ? location.url : location.path, image.externalId),
      sha256,
      sourceUrl: 'url' in location ? location.url : null,
      ...checked,
      bytes: bytes.length,
    };
  }
}
