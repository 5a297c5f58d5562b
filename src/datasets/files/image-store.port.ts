import type { Readable } from 'node:stream';

/** `intact`: the bytes are those of their digest. */
export type FileState = 'intact' | 'damaged' | 'missing';

/**
 * Stores the bytes of images under their sha256, so that the same bytes are stored once. What is read is checked: bytes
 * that are no longer those of their digest are not handed out.
 *
 * @example
 * const sha256 = hash('sha256', bytes);
 * await store.put(sha256, bytes);
 * const same = await store.read(sha256);
 */
export abstract class ImageStore {
  /**
   * Stores the bytes durably: once this resolves they survive a power cut, and readers never see only a
   * part of them. Does nothing if they are stored already, and replaces damaged ones.
   *
   * Rejects with `STORAGE_FULL` if there is no space left.
   */
  abstract put(sha256: string, bytes: Uint8Array): Promise<void>;

  /** Whether there are bytes. They are not checked. */
  abstract has(sha256: string): Promise<boolean>;

  /** The same for many, in their order. False also for bytes that cannot be looked at. */
  abstract hasEach(sha256s: readonly string[]): Promise<boolean[]>;

  /** All bytes of an image. Rejects with `IMAGE_FILE_MISSING`, or with `IMAGE_FILE_DAMAGED` and sets them aside. */
  abstract read(sha256: string): Promise<Buffer>;

  /** The bytes as a stream, after they have been checked. Rejects as `read` does. */
  abstract open(sha256: string): Promise<Readable>;

  /** Checks the bytes. Sets damaged ones aside, so that they count as missing from then on. */
  abstract check(sha256: string): Promise<FileState>;

  /** The path or address where a person finds the file. */
  abstract locate(sha256: string): string;

  /** Removes the bytes. It is not an error if there are none. */
  delete(sha256: string): Promise<void> {
    return this.deleteEach([sha256]);
  }

  /** The same for many. If it rejects, some may have been removed. */
  abstract deleteEach(sha256s: readonly string[]): Promise<void>;
}
