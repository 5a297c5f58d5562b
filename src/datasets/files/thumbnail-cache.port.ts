/**
 * Keeps thumbnails, which can be made again at any time.
 *
 * @example
 * await cache.put(sha256, 128, webp);
 * const thumbnail = (await cache.find(sha256, 128)) ?? (await makeThumbnail(sha256, 128));
 */
export abstract class ThumbnailCache {
  abstract find(sha256: string, width: number): Promise<Buffer | undefined>;

  abstract put(sha256: string, width: number, bytes: Uint8Array): Promise<void>;

  /** Removes these widths of images. It is not an error if there are none. */
  abstract delete(sha256s: readonly string[], widths: readonly number[]): Promise<void>;
}
