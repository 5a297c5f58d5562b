import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppError, storageFull } from '../../common/index.ts';
import { SourceDownloader } from '../../downloads/index.ts';
import { ImageRepository } from '../catalogue/image.repository.ts';
import { ImageFetcher } from '../files/image-fetcher.port.ts';
import { ImageStore } from '../files/image-store.port.ts';
import type { ImageLocation } from '../sources/dataset-source.port.ts';
import { SourceItemRepository } from '../sync/source-item.repository.ts';

const NO_PLACE =
  'Nothing says where it came from: put the image again, or synchronise or import the source that has it.';
/** Of a source that was imported before its folder was noted. */
const NO_FOLDER = 'The folder that it came from is not known yet: synchronise its source once.';

/** Fetches the bytes of stored images again from where they came from. */
@Injectable()
export class FileHealer {
  constructor(
    private readonly images: ImageRepository,
    private readonly items: SourceItemRepository,
    private readonly fetcher: ImageFetcher,
    private readonly downloader: SourceDownloader,
    private readonly store: ImageStore,
  ) {}

  /**
   * Stores the bytes again if one of the places where the dataset has them from still has the same ones. Resolves with
   * undefined if it has, otherwise with why not, and what to do, in one or two sentences. Rejects with `STORAGE_FULL`, or
   * with the signal's reason.
   */
  async heal(datasetId: number, sha256: string, signal: AbortSignal): Promise<string | undefined> {
    const { locations, lacksFolder } = await this.placesOf(datasetId, sha256);
    let reason = lacksFolder ? NO_FOLDER : NO_PLACE;
    for (const location of locations) {
      signal.throwIfAborted();
      const bytes = await this.fetch(location, signal);
      if (Buffer.isBuffer(bytes) && hash('sha256', bytes) === sha256) {
        await this.store.put(sha256, bytes);
        return undefined;
      }
      const place = 'url' in location ? 'its URL' : `"${location.path}"`;
      reason = Buffer.isBuffer(bytes)
        ? `There is another picture at ${place} by now: synchronise the source to take it.`
        : `It could not be fetched again from ${place}: ${bytes.message}`;
    }
    return reason;
  }

  /** Files first, which cost less. */
  private async placesOf(
    datasetId: number,
    sha256: string,
  ): Promise<{ readonly locations: ImageLocation[]; readonly lacksFolder: boolean }> {
    const places = await this.items.listPlaces(datasetId, sha256);
    const images = await this.images.listDownloaded(datasetId, sha256);
    const urls = new Set(images.flatMap(({ sourceUrl }) => (sourceUrl === null ? [] : [sourceUrl])));
    const files = new Map<string, ImageLocation>();
    for (const { place, root } of places) {
      if (/^(?:https?|s3):/.test(place)) urls.add(place);
      else if (root !== null) files.set(`${root} ${place}`, { path: place, root });
    }
    const locations = [...files.values(), ...[...urls].map((url) => ({ url }))];
    return { locations, lacksFolder: places.length > 0 };
  }

  private async fetch(location: ImageLocation, signal: AbortSignal): Promise<Buffer | AppError> {
    try {
      if ('url' in location) return (await this.downloader.download(location.url, { signal })).bytes;
      return await this.fetcher.fetch(location, signal);
    } catch (error) {
      if (!(error instanceof AppError) || storageFull.is(error)) throw error;
      return error;
    }
  }
}
