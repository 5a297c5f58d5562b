import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppError, storageFull, restoreError } from '../../common/index.ts';
import { Downloader, type Downloaded } from '../../downloads/index.ts';
import { ByteBudget } from './byte-budget.ts';
import type { ImageLocation, SourceImage } from '../sources/dataset-source.port.ts';
import { imageLocationMissing } from '../datasets.errors.ts';
import type { DownloadAccount } from '../ledger/download-recorder.ts';
import { ImageCheck } from './image-check.port.ts';
import { ImageFetcher } from '../files/image-fetcher.port.ts';
import { ImageStore } from '../files/image-store.port.ts';
import type { NewImage } from '../catalogue/images.ts';

/** Downloaded bytes that wait to be decoded and stored; beyond this no further download begins. */
const BYTES_IN_HAND = 256 * 1024 * 1024;

/** Takes in one image of a source: fetched, decoded once to see that it can be, stored. */
@Injectable()
export class ImageIntake {
  private readonly inHand = new ByteBudget(BYTES_IN_HAND);

  constructor(
    private readonly fetcher: ImageFetcher,
    private readonly downloader: Downloader,
    private readonly check: ImageCheck,
    private readonly store: ImageStore,
  ) {}

  /** Tries the locations in turn, and rejects with what was wrong with the first where none will do. */
  async take(image: SourceImage, account: DownloadAccount, signal: AbortSignal): Promise<NewImage> {
    let problem: AppError | undefined;
    for (const location of image.locations) {
      signal.throwIfAborted();
      try {
        return 'url' in location
          ? await this.takeFromUrl(image, location.url, account, signal)
          : await this.keep(image, await this.fetcher.fetch(location, signal), location);
      } catch (error) {
        if (storageFull.is(error) || !(error instanceof AppError)) throw error;
        problem ??= error;
      }
    }
    throw problem ?? imageLocationMissing();
  }

  /** Keeps account of the URL. Bytes that were downloaded and stored once are not asked for again. */
  private async takeFromUrl(
    image: SourceImage,
    url: string,
    account: DownloadAccount,
    signal: AbortSignal,
  ): Promise<NewImage> {
    const { externalId } = image;
    const stored = account.downloaded(externalId, url);
    if (stored !== null && (await this.store.has(stored))) {
      return this.keep(image, await this.store.read(stored), { url });
    }
    const failed = account.failed(externalId, url);
    if (failed !== undefined) throw restoreError(failed);

    await this.inHand.room(signal);
    const entry = account.begin(image, url);
    let answer: Downloaded | undefined;
    try {
      const downloaded = await this.downloader.download(url, { signal });
      answer = downloaded;
      const kept = await this.inHand.hold(downloaded.bytes.length, () =>
        this.keep(image, downloaded.bytes, { url }),
      );
      entry.succeeded(downloaded, kept.sha256);
      return kept;
    } catch (error) {
      if (error instanceof AppError && !storageFull.is(error)) entry.failed(error, answer);
      throw error;
    } finally {
      entry.end();
    }
  }

  private async keep(image: SourceImage, bytes: Buffer, location: ImageLocation): Promise<NewImage> {
    const checked = await this.check.check(bytes);
    const sha256 = hash('sha256', bytes);
    await this.store.put(sha256, bytes);
    return {
      externalId: image.externalId,
      labels: image.labels,
      sha256,
      sourceUrl: 'url' in location ? location.url : null,
      ...checked,
      bytes: bytes.length,
    };
  }
}
