import sharp, { type Sharp } from 'sharp';
import type { AppError } from '../app-error.ts';
import { messageOf } from '../app-error.ts';
import { sniffImageFormat, type ImageFormat } from './image-format.ts';
import { plainJpegSize } from './jpeg-size.ts';
import { imageCorrupt, imageTooLarge, unsupportedMediaType } from './image.errors.ts';

// Allows only these decoders in the whole process, and only from memory, so that no SVG, TIFF or file
// name reaches libvips even if a caller forgets a check.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadWebpBuffer',
    'VipsForeignLoadNsgifBuffer',
    'VipsForeignLoadHeifBuffer',
  ],
});
// Many pictures at once keep the cores busier than many threads on one picture.
sharp.concurrency(1);
sharp.cache(false);

export interface ImageLimits {
  /** The maximum width × height of one frame. */
  readonly maxPixels: number;
}

export interface OpenedImage {
  /**
   * The first frame, upright, not yet decoded: chain operations on it, and pass what they reject with
   * through `decodeError`.
   */
  readonly image: Sharp;
  readonly format: ImageFormat;
  /** Pixels, upright (after EXIF orientation). */
  readonly width: number;
  readonly height: number;
}

/**
 * Opens a picture of unknown origin: detects its format, reads its header and checks its size. Nothing is
 * decoded, so this takes about a millisecond for a picture of any size.
 *
 * Rejects with `EMPTY_FILE`, `UNSUPPORTED_MEDIA_TYPE`, `IMAGE_TOO_LARGE` or `IMAGE_CORRUPT`.
 */
export async function openImage(bytes: Uint8Array, limits: ImageLimits): Promise<OpenedImage> {
  const format = sniffImageFormat(bytes);
  // The limit is checked here, where the error can name the size, and by sharp again.
  const image = sharp(bytes, {
    failOn: 'warning',
    limitInputPixels: limits.maxPixels,
    pages: 1,
    sequentialRead: true,
    autoOrient: true,
  });
  const plain = format === 'jpeg' ? plainJpegSize(bytes) : undefined;
  const { width, height } = plain ?? (await uprightSize(bytes, limits));
  if (width * height > limits.maxPixels) throw imageTooLarge(limits.maxPixels, width, height);
  return { image, format, width, height };
}

/** Reads the size from the header with the decoder. */
async function uprightSize(
  bytes: Uint8Array,
  limits: ImageLimits,
): Promise<{ width: number; height: number }> {
  const header = await sharp(bytes, { failOn: 'warning', limitInputPixels: false, pages: 1 })
    .metadata()
    .catch((error: unknown) => {
      throw decodeError(error, limits);
    });
  if (header.compression === 'hevc') throw unsupportedMediaType('a HEIC photo');
  return header.autoOrient;
}

/** What a failed decode means: `IMAGE_CORRUPT`, or `IMAGE_TOO_LARGE`. */
export function decodeError(error: unknown, limits: ImageLimits): AppError {
  const [problem = ''] = messageOf(error).split('\n');
  if (problem.includes('pixel limit')) return imageTooLarge(limits.maxPixels);
  return imageCorrupt(problem.trim());
}
