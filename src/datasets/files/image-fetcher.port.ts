import type { FileLocation } from '../sources/dataset-source.port.ts';

/** Gets the bytes of an image from the file that its source names. URLs are the downloader's. */
export abstract class ImageFetcher {
  /**
   * Rejects with the `AppError` that this location failed with; other locations of the image may
   * still do. Nothing in it tells a path of this machine.
   */
  abstract fetch(location: FileLocation, signal: AbortSignal): Promise<Buffer>;
}
