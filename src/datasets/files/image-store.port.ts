import type { Readable } from 'node:stream';

/**
 * Stores the bytes of images under their sha256, so that the same bytes are stored once.
 *
 * @example
 * const sha256 = hash('sha256', bytes);
 * await store.put(sha256, bytes);
 * const same = await store.read(sha256);
 */
export abstract class ImageStore {
  /**
   * Stores the bytes durably: once this resolves they survive a power cut, and readers never see only a
   * part of them. Does nothing if they are stored already.
   *
   * Rejects with `STORAGE_FULL` if there is no space left.
   */
  abstract put(sha256: string, bytes: Uint8Array): Promise<void>;

  abstract has(sha256: string): Promise<boolean>;

  /** All bytes of an image. Rejects with `IMAGE_FILE_MISSING`. */
  abstract read(sha256: string): Promise<Buffer>;

  /** The bytes as a stream. Rejects with `IMAGE_FILE_MISSING`. */
  abstract open(sha256: string): Promise<Readable>;

  /** The path or address where a person finds the file. */
  abstract locate(sha256: string): string;

  /** Removes the bytes. It is not an error if there are none. */
  abstract delete(sha256: string): Promise<void>;
}
