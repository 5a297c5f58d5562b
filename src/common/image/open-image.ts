import sharp, { type Sharp } from 'sharp';
import { sniffImageFormat, type ImageFormat } from './image-format.ts';
import { jpegFrame, plainJpegSize } from './jpeg-size.ts';
import { decoderMissing, imageCorrupt, imageTooLarge } from './image.errors.ts';
import { largestDeclaredSize } from './extra/declared-size.ts';
import { extraDecoder, missingExtraDecoder } from './extra/extra-decoder.ts';
import { endsAsItShould } from './mending/file-end.ts';
import { fileDamage } from './mending/file-damage.ts';
import { filledUp } from './mending/filled-file.ts';
import { withGammaAsProfile } from './mending/png-gamma.ts';
import { asStillImage } from './mending/still-image.ts';

// Allows only these decoders in the whole process, and only from memory, so that no SVG and no file
// name reaches libvips even if a caller forgets a check.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadWebpBuffer',
    'VipsForeignLoadNsgifBuffer',
    'VipsForeignLoadHeifBuffer',
    'VipsForeignLoadTiffBuffer',
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
  /** The first frame, upright, not yet decoded: chain operations on it. */
  readonly image: Sharp;
  readonly format: ImageFormat;
  /** Pixels, upright (after EXIF orientation). */
  readonly width: number;
  readonly height: number;
}

/** Whether a decoder stops at the slightest damage, or goes on as far as it can. */
export type Strictness = 'strict' | 'tolerant';

/**
 * Opens a picture of unknown origin: detects its format, reads its header and checks its size. Nothing is
 * decoded, so this takes about a millisecond for a picture of any size. `decodeImage` decodes it.
 *
 * Rejects with `EMPTY_FILE`, `UNSUPPORTED_MEDIA_TYPE`, `IMAGE_TOO_LARGE` or `IMAGE_CORRUPT`.
 */
export async function openImage(
  given: Uint8Array,
  limits: ImageLimits,
  strictness: Strictness = 'tolerant',
): Promise<OpenedImage> {
  const format = sniffImageFormat(given);
  const failOn = strictness === 'strict' ? 'warning' : 'none';
  const whole = strictness === 'strict' ? given : filledUp(given, format);
  let bytes = needsExtraDecoder(given, format)
    ? await decodedElsewhere(whole, format, limits)
    : asDecodersReadIt(whole, format);
  const plain: Header | undefined = format === 'jpeg' ? plainJpegSize(bytes) : undefined;
  let header = plain ?? (await headerOf(bytes, format, failOn));
  if (header.compression === 'hevc') {
    bytes = await decodedElsewhere(whole, 'heic', limits);
    header = await headerOf(bytes, 'heic', failOn);
  }
  const { width, height } = header;
  if (width * height > limits.maxPixels) throw imageTooLarge(limits.maxPixels, width, height);
  const image = sharp(bytes, {
    failOn,
    limitInputPixels: limits.maxPixels,
    pages: 1,
    sequentialRead: true,
    autoOrient: true,
  });
  return { image, format, width, height };
}

/** The same picture in the form in which decoders show it as browsers do. */
function asDecodersReadIt(bytes: Uint8Array, format: ImageFormat): Uint8Array {
  if (format === 'png') return withGammaAsProfile(bytes);
  if (format === 'avif') return asStillImage(bytes);
  return bytes;
}

interface Header {
  /** Pixels, upright. */
  readonly width: number;
  readonly height: number;
  /** Of AVIF and HEIC. */
  readonly compression?: string;
}

async function headerOf(bytes: Uint8Array, format: ImageFormat, failOn: 'warning' | 'none'): Promise<Header> {
  try {
    const opened = sharp(bytes, { failOn, limitInputPixels: false, pages: 1 });
    const { autoOrient, compression } = await opened.metadata();
    return { ...autoOrient, compression };
  } catch {
    throw undecodable(bytes, format);
  }
}

function needsExtraDecoder(bytes: Uint8Array, format: ImageFormat): boolean {
  return format === 'heic' || (format === 'jpeg' && jpegFrame(bytes)?.precision === 12);
}

/** The picture in a form that sharp decodes, made by the extra decoder. Its size is checked before. */
async function decodedElsewhere(
  bytes: Uint8Array,
  format: ImageFormat,
  { maxPixels }: ImageLimits,
): Promise<Uint8Array> {
  const missing = missingExtraDecoder();
  if (missing !== undefined) {
    throw decoderMissing(format === 'heic' ? 'a HEIC photo' : 'a JPEG of 12 bits', missing);
  }
  const size = format === 'heic' ? largestDeclaredSize(bytes) : jpegFrame(bytes);
  if (size === undefined) throw undecodable(bytes, format);
  if (size.width * size.height > maxPixels) throw imageTooLarge(maxPixels, size.width, size.height);
  // What is not all there would be filled up without a word.
  const decoded = endsAsItShould(bytes, format) ? await extraDecoder.decode(bytes, maxPixels) : undefined;
  if (decoded === undefined) throw undecodable(bytes, format);
  return decoded;
}

/**
 * The error for a picture that the decoder has refused. The decoder's own message is of no use: it comes from one buffer
 * for the whole process, which pictures that are decoded at the same time write to as well.
 */
export function undecodable(bytes: Uint8Array, format: ImageFormat) {
  return imageCorrupt(fileDamage(bytes, format));
}
