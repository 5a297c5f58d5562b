import type { ImageFormat } from '../../common/index.ts';

/** What the bytes of a picture turned out to be. */
export interface CheckedImage {
  readonly format: ImageFormat;
  /** Pixels, upright (after EXIF orientation). */
  readonly width: number;
  readonly height: number;
}

/** Decodes pictures to see whether they can be, and makes small ones of them. */
export abstract class ImageCheck {
  /**
   * Decodes the whole picture once, keeping no pixels. Rejects with `EMPTY_FILE`,
   * `UNSUPPORTED_MEDIA_TYPE`, `IMAGE_TOO_LARGE` or `IMAGE_CORRUPT`.
   */
  abstract check(bytes: Uint8Array): Promise<CheckedImage>;

  /** The picture upright, scaled down to at most this width and height, as WebP. Rejects as `check` does. */
  abstract thumbnail(bytes: Uint8Array, width: number): Promise<Buffer>;

  /** The picture upright, squeezed to a square of grey levels, 0 to 255, row by row. Rejects as `check` does. */
  abstract greySquare(bytes: Uint8Array, side: number): Promise<Uint8Array>;
}
