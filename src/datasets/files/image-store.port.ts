import type { Readable } from 'node:stream';

/** Keeps the bytes of images under their sha256: the same bytes are stored once. */
export abstract class ImageStore {
  /**
   * Stores the bytes durably: once it resolves, a power cut does not lose them, and nobody ever
   * sees a part of them. Does nothing where they are stored already.
   *
   * Rejects with `STORAGE_FULL` where there is no space left.
   */
  abstract put(sha256: string, bytes: Uint8Array): Promise<void>;

  abstract has(sha256: string): Promise<boolean>;

  /** All bytes of an image. Rejects with `IMAGE_FILE_MISSING`. */
  abstract read(sha256: string): Promise<Buffer>;

  /** The bytes as a stream. Rejects with `IMAGE_FILE_MISSING`. */
  abstract open(sha256: string): Promise<Readable>;

  /** Where a person finds the file. */
  abstract locate(sha256: string): string;

  /** Removes the bytes; no error where there are none. */
  abstract delete(sha256: string): Promise<void>;
}
