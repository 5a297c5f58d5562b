import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppError, storageFull } from '../../common/index.ts';
import { Downloader } from '../../downloads/index.ts';
import { ImageRepository } from '../catalogue/image.repository.ts';
import { ImageFetcher } from '../files/image-fetcher.port.ts';
import { ImageStore } from '../files/image-store.port.ts';
import type { ImageLocation } from '../sources/dataset-source.port.ts';
import { SourceItemRepository } from '../sync/source-item.repository.ts';

/** Fetches the bytes of stored images again from where they came from. */
@Injectable()
export class FileHealer {
  constructor(
    private readonly images: ImageRepository,
    private readonly items: SourceItemRepository,
    private readonly fetcher: ImageFetcher,
    private readonly downloader: Downloader,
    private readonly store: ImageStore,
  ) {}

  /**
   * Stores the bytes again if one of the places where the dataset has them from still has the same ones. Resolves with
   * whether it has. Rejects with `STORAGE_FULL`, or with the signal's reason.
   */
  async heal(datasetId: number, sha256: string, signal: AbortSignal): Promise<boolean> {
    for (const location of await this.locations(datasetId, sha256)) {
      signal.throwIfAborted();
      const bytes = await this.fetch(location, signal);
      if (bytes === undefined || hash('sha256', bytes) !== sha256) continue;
      await this.store.put(sha256, bytes);
      return true;
    }
    return false;
  }

  /** Files first, which cost less. */
  private async locations(datasetId: number, sha256: string): Promise<ImageLocation[]> {
    const places = await this.items.listPlaces(datasetId, sha256);
    const images = await this.images.listDownloaded(datasetId, sha256);
    const urls = new Set(images.flatMap(({ sourceUrl }) => (sourceUrl === null ? [] : [sourceUrl])));
    const files = new Map<string, ImageLocation>();
    for (const { place, root } of places) {
      if (/^https?:/.test(place)) urls.add(place);
      else if (root !== null) files.set(`${root} ${place}`, { path: place, root });
    }
    return [...files.values(), ...[...urls].map((url) => ({ url }))];
  }

  private async fetch(location: ImageLocation, signal: AbortSignal): Promise<Buffer | undefined> {
    try {
      if ('url' in location) return (await this.downloader.download(location.url, { signal })).bytes;
      return await this.fetcher.fetch(location, signal);
    } catch (error) {
      if (!(error instanceof AppError) || storageFull.is(error)) throw error;
      return undefined;
    }
  }
}
