import sharp, { type Sharp } from 'sharp';
import type { AppError } from '../app-error.ts';
import { messageOf } from '../app-error.ts';
import { sniffImageFormat, type ImageFormat } from './image-format.ts';
import { plainJpegSize } from './jpeg-size.ts';
import { imageCorrupt, imageTooLarge, unsupportedMediaType } from './image.errors.ts';

// For the whole process: only these decoders exist, and only from memory, so that no SVG, TIFF or
// file name ever reaches libvips, whatever a caller forgets.
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
  /** Width × height of one frame, at most. */
  readonly maxPixels: number;
}

export interface OpenedImage {
  /**
   * The first frame, upright, not yet decoded: chain operations on it. What they reject with goes
   * through `decodeError`.
   */
  readonly image: Sharp;
  readonly format: ImageFormat;
  /** Pixels, upright (after EXIF orientation). */
  readonly width: number;
  readonly height: number;
}

/**
 * Opens a picture of unknown origin: judges its bytes, reads its header, checks its size. Takes
 * about a millisecond whatever its size; nothing is decoded.
 *
 * Rejects with `EMPTY_FILE`, `UNSUPPORTED_MEDIA_TYPE`, `IMAGE_TOO_LARGE` or `IMAGE_CORRUPT`.
 */
export async function openImage(bytes: Uint8Array, limits: ImageLimits): Promise<OpenedImage> {
  const format = sniffImageFormat(bytes);
  // The limit is checked here, where the error can name the size, and by sharp once more.
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

/** From the header, by the decoder. */
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
