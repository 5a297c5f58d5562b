import { AppError } from '../app-error.ts';
import { checkImage } from './check-image.ts';
import { sniffImageFormat } from './image-format.ts';
import { endsAsItShould } from './mending/file-end.ts';
import { openImage, undecodable, type ImageLimits, type OpenedImage, type Strictness } from './open-image.ts';
import { rgbImage, type RgbPicture } from './rgb-picture.ts';

export interface DecodeOptions {
  /** Whether `checkImage` has accepted the picture. Otherwise it is judged here, in the same way. */
  readonly checked: boolean;
}

/**
 * Opens a picture and decodes it with `work`, which is called again if the picture turns out to be damaged, but not so
 * much that it is refused. One that has been decoded already needs only what `work` does.
 *
 * Rejects as `openImage` does; with `IMAGE_CORRUPT` in place of anything but an `AppError` that `work` rejects with.
 *
 * @example
 * const pixels = await decodeImage(bytes, limits, { checked: false }, ({ image }) => image.raw().toBuffer());
 */
export async function decodeImage<Result>(
  picture: Uint8Array | RgbPicture,
  limits: ImageLimits,
  { checked }: DecodeOptions,
  work: (opened: Omit<OpenedImage, 'format'>) => Promise<Result>,
): Promise<Result> {
  if ('rgb' in picture) return work({ image: rgbImage(picture), ...picture });
  const bytes = picture;
  if (checked) return openAndWork(bytes, limits, 'tolerant', work);
  // A decoder that needs only a part of the picture does not notice that the rest is missing.
  if (endsAsItShould(bytes, sniffImageFormat(bytes))) {
    try {
      return await openAndWork(bytes, limits, 'strict', work);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'IMAGE_CORRUPT') throw error;
    }
  }
  await checkImage(bytes, limits);
  return openAndWork(bytes, limits, 'tolerant', work);
}

async function openAndWork<Result>(
  bytes: Uint8Array,
  limits: ImageLimits,
  strictness: Strictness,
  work: (opened: OpenedImage) => Promise<Result>,
): Promise<Result> {
  const opened = await openImage(bytes, limits, strictness);
  return work(opened).catch((error: unknown) => {
    throw error instanceof AppError ? error : undecodable(bytes, opened.format);
  });
}
