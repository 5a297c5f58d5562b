import type { ImageFormat } from '../../common/index.ts';

/** What decoding has revealed about a picture. */
export interface CheckedImage {
  readonly format: ImageFormat;
  /** Pixels, with the picture upright according to its EXIF orientation. */
  readonly width: number;
  readonly height: number;
}

/**
 * Decodes pictures, to check them and to scale them down.
 *
 * @example
 * const { format, width, height } = await check.check(bytes);
 */
export abstract class ImageCheck {
  /**
   * Decodes the whole picture once without keeping pixels. Rejects with `EMPTY_FILE`,
   * `UNSUPPORTED_MEDIA_TYPE`, `IMAGE_TOO_LARGE` or `IMAGE_CORRUPT`.
   */
  abstract check(bytes: Uint8Array): Promise<CheckedImage>;

  /** The upright picture as WebP, scaled down to fit a square with sides of `width` pixels. Rejects as `check` does. */
  abstract thumbnail(bytes: Uint8Array, width: number): Promise<Buffer>;

  /** The upright picture, stretched to a square of grey levels from 0 to 255, row by row. Rejects as `check` does. */
  abstract greySquare(bytes: Uint8Array, side: number): Promise<Uint8Array>;
}
