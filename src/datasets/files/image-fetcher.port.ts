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

  /**
   * What changes if the bytes of a file are changed: its size and the time of its last change. Undefined if there is
   * no file of exactly this path, although `fetch` may find one of another spelling.
   */
  abstract version(location: FileLocation): Promise<string | undefined>;

  /** The versions of many files, in their order. */
  abstract versions(locations: readonly FileLocation[]): Promise<(string | undefined)[]>;
}
