import type { ImageLocation } from './dataset-source.port.ts';

/** Gets the bytes of an image from where its source says they are. */
export abstract class ImageFetcher {
  /**
   * Rejects with the `AppError` that this location failed with; other locations of the image may
   * still do. Nothing in it tells a path of this machine.
   */
  abstract fetch(location: ImageLocation, signal: AbortSignal): Promise<Buffer>;
}
