/** Keeps small pictures, which can always be made again. */
export abstract class ThumbnailCache {
  abstract get(sha256: string, width: number): Promise<Buffer | undefined>;

  abstract put(sha256: string, width: number, bytes: Uint8Array): Promise<void>;

  /** Removes all widths of an image; no error where there are none. */
  abstract delete(sha256: string, widths: readonly number[]): Promise<void>;
}
