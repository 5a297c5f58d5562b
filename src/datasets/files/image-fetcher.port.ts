import type { FileLocation } from '../sources/dataset-source.port.ts';

/**
 * Reads the bytes of an image from the file that its source names. `RecordedDownloader` does the same
 * for URLs.
 *
 * @example
 * const bytes = await fetcher.fetch({ path: 'dress/12.jpg', root: '/srv/photos' }, signal);
 */
export abstract class ImageFetcher {
  /**
   * Rejects with an `AppError` if this location fails; other locations of the image may still work.
   * The error does not reveal paths of this machine.
   */
  abstract fetch(location: FileLocation, signal: AbortSignal): Promise<Buffer>;
}
