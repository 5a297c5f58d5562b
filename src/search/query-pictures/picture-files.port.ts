/** What is stored of a query picture. */
export type PictureFile = 'picture' | 'thumbnail';

/**
 * The files of query pictures, by the sha256 of the picture.
 *
 * @example
 * await files.write(sha256, 'picture', bytes);
 * const same = await files.read(sha256, 'picture');
 */
export abstract class PictureFiles {
  /**
   * Stores a file durably, replacing one that exists. Readers never see only a part of it. Rejects with
   * `STORAGE_FULL`.
   */
  abstract write(sha256: string, file: PictureFile, bytes: Uint8Array): Promise<void>;

  /** Undefined if there is none. */
  abstract read(sha256: string, file: PictureFile): Promise<Buffer | undefined>;

  /** Removes both files of a picture. It is not an error if there are none. */
  abstract delete(sha256: string): Promise<void>;
}
