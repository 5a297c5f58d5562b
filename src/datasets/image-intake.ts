import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppError } from '../common/index.ts';
import type { ImageLocation, SourceImage } from './dataset-source.port.ts';
import { imageLocationMissing } from './datasets.errors.ts';
import { ImageCheck } from './image-check.port.ts';
import { ImageFetcher } from './image-fetcher.port.ts';
import { ImageStore } from './image-store.port.ts';
import type { NewImage } from './images.ts';

/** Takes in one image of a source: fetched, decoded once to see that it can be, stored. */
@Injectable()
export class ImageIntake {
  constructor(
    private readonly fetcher: ImageFetcher,
    private readonly check: ImageCheck,
    private readonly store: ImageStore,
  ) {}

  /** Tries the locations in turn, and rejects with what was wrong with the first where none will do. */
  async take(image: SourceImage, signal: AbortSignal): Promise<NewImage> {
    let problem: AppError | undefined;
    for (const location of image.locations) {
      signal.throwIfAborted();
      try {
        return await this.takeFrom(image, location, signal);
      } catch (error) {
        if (!(error instanceof AppError) || error.code === 'STORAGE_FULL') throw error;
        problem ??= error;
      }
    }
    throw problem ?? imageLocationMissing();
  }

  private async takeFrom(
    image: SourceImage,
    location: ImageLocation,
    signal: AbortSignal,
  ): Promise<NewImage> {
    const bytes = await this.fetcher.fetch(location, signal);
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
