import type { CheckedImage, CheckOptions } from '../../common/index.ts';

/**
 * Decodes pictures, to check them and to scale them down.
 *
 * @example
 * const { format, width, height, warnings } = await check.check(bytes);
 */
export abstract class ImageCheck {
  /** What the judgement of `check` depends on, besides the bytes and the options. Changes when a refusal may no longer hold. */
  abstract readonly rules: string;

  /**
   * Decodes the whole picture once without keeping pixels, and judges whether it can be taken. Rejects with
   * `EMPTY_FILE`, `UNSUPPORTED_MEDIA_TYPE`, `IMAGE_TOO_LARGE` or `IMAGE_CORRUPT`.
   */
  abstract check(bytes: Uint8Array, options?: CheckOptions): Promise<CheckedImage>;

  /**
   * The upright picture as WebP, scaled down to fit a square with sides of `width` pixels. The picture has been
   * checked. Rejects as `check` does.
   */
  abstract thumbnail(bytes: Uint8Array, width: number): Promise<Buffer>;

  /**
   * The upright picture, stretched to a square of grey levels from 0 to 255, row by row. The picture has been checked.
   * Rejects as `check` does.
   */
  abstract greySquare(bytes: Uint8Array, side: number): Promise<Uint8Array>;
}
