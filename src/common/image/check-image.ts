import sharp from 'sharp';
import { sniffImageFormat, type ImageFormat } from './image-format.ts';
import { imageWarning, type ImageWarning } from './image-warning.ts';
import { imageCorrupt, imageIncomplete } from './image.errors.ts';
import { AppError } from '../app-error.ts';
import { fileDamage } from './mending/file-damage.ts';
import { endsAsItShould } from './mending/file-end.ts';
import { filledExtent } from './mending/filled-extent.ts';
import { declaredLength } from './mending/filled-file.ts';
import { gifExtent } from './mending/gif-extent.ts';
import { pngExtent } from './mending/png-extent.ts';
import { tiffExtent } from './mending/tiff-directory.ts';
import { regularJpeg, type RegularJpeg } from './mending/regular-jpeg.ts';
import { jpegFrame } from './jpeg-size.ts';
import { openImage, undecodable, type ImageLimits, type Strictness } from './open-image.ts';

/** What decoding has revealed about a picture. */
export interface CheckedImage {
  readonly format: ImageFormat;
  /** Pixels, with the picture upright according to its EXIF orientation. */
  readonly width: number;
  readonly height: number;
  /** What is wrong with it, but not so wrong that it is refused. */
  readonly warnings: readonly ImageWarning[];
}

export interface CheckOptions {
  /** Whether to take a picture of which only a part is there. */
  readonly acceptTruncated?: boolean;
}

/** A picture of which more than this share is missing is refused. */
const MISSING_TOO_MUCH = 0.05;

/** How much of a damaged picture is there, and what is said about it if it is taken. */
interface Remains {
  /** From 0 to 1. */
  readonly extent: number;
  readonly warning: ImageWarning;
}

/**
 * Decodes the whole picture once without keeping pixels, and judges it as browsers do: damage that the decoder mends
 * is a warning. Rejects with `EMPTY_FILE`, `UNSUPPORTED_MEDIA_TYPE`, `IMAGE_TOO_LARGE`, or with `IMAGE_CORRUPT` if
 * it cannot be decoded, or if more than a twentieth of it is missing and `acceptTruncated` is not set.
 */
export async function checkImage(
  bytes: Uint8Array,
  limits: ImageLimits,
  { acceptTruncated = false }: CheckOptions = {},
): Promise<CheckedImage> {
  const format = sniffImageFormat(bytes);
  try {
    const decoded = await decodeToTheEnd(bytes, limits, 'strict');
    return { ...decoded, warnings: endsAsItShould(bytes, format) ? [] : [imageWarning('END_MISSING')] };
  } catch (error) {
    if (!isCorrupt(error)) throw error;
  }
  const decoded = await decodeToTheEnd(bytes, limits, 'tolerant');
  const { extent, warning } = await remainsOf(bytes, format, limits);
  if (extent === 0) throw imageCorrupt(fileDamage(bytes, format));
  if (1 - extent > MISSING_TOO_MUCH && !acceptTruncated) throw imageIncomplete(extent);
  return { ...decoded, warnings: [warning] };
}

async function decodeToTheEnd(bytes: Uint8Array, limits: ImageLimits, strictness: Strictness) {
  const { image, format, width, height } = await openImage(bytes, limits, strictness);
  // To reach the last pixel the decoder has to go through all rows, and only that pixel is kept.
  const last = { left: width - 1, top: height - 1, width: 1, height: 1 };
  await image
    .extract(last)
    .raw()
    .toBuffer()
    .catch(() => {
      throw undecodable(bytes, format);
    });
  return { format, width, height };
}

function isCorrupt(error: unknown): boolean {
  return error instanceof AppError && imageCorrupt.is(error);
}

/** What is there of a picture that only a tolerant decoder decodes. */
async function remainsOf(bytes: Uint8Array, format: ImageFormat, limits: ImageLimits): Promise<Remains> {
  switch (format) {
    case 'jpeg':
      return remainsOfJpeg(bytes, limits);
    case 'png':
      return truncatedTo(await pngExtent(bytes), bytes, format);
    case 'gif':
      return truncatedTo(gifExtent(bytes), bytes, format);
    case 'tiff':
      return truncatedTo(tiffExtent(bytes), bytes, format);
    case 'webp':
    case 'heic':
      return remainsOfFilled(bytes, format, limits);
    case 'avif':
      return { extent: 1, warning: imageWarning('DAMAGED') };
  }
}

async function remainsOfFilled(
  bytes: Uint8Array,
  format: ImageFormat,
  limits: ImageLimits,
): Promise<Remains> {
  const declared = declaredLength(bytes, format);
  if (declared <= bytes.length) return { extent: 1, warning: imageWarning('DAMAGED') };
  const extent = await filledExtent(bytes, format, limits, declared);
  return { extent, warning: extent < 1 ? truncated(extent) : imageWarning('END_MISSING') };
}

function truncatedTo(extent: number, bytes: Uint8Array, format: ImageFormat): Remains {
  if (extent < 1) return { extent, warning: truncated(extent) };
  return { extent, warning: imageWarning(endsAsItShould(bytes, format) ? 'DAMAGED' : 'END_MISSING') };
}

function truncated(extent: number): ImageWarning {
  const percent = Math.max(1, Math.round(100 * (1 - extent)));
  return imageWarning('TRUNCATED', `The last ${percent} % of the picture is missing.`);
}

async function remainsOfJpeg(bytes: Uint8Array, limits: ImageLimits): Promise<Remains> {
  const regular = regularJpeg(bytes);
  // Of a JPEG that needs the extra decoder, nobody tells how much is there.
  if (regular === undefined || jpegFrame(bytes)?.precision === 12)
    return { extent: 0, warning: imageWarning('DAMAGED') };
  if (regular.bytes !== bytes) {
    const isWhole = await decodeToTheEnd(regular.bytes, limits, 'strict').then(
      () => true,
      () => false,
    );
    if (isWhole) return remainsOfScans(regular, regular.detail);
  }
  if (regular.endMissing && regular.detailBeforeLast !== 'poor') {
    return remainsOfScans(regular, regular.detailBeforeLast);
  }
  const extent = await shownExtent(regular.bytes, limits);
  if (extent === 1 && regular.endMissing) return remainsOfScans(regular, regular.detailBeforeLast);
  // Without a missing end, a few grey pixels in the last row are no sign that anything is missing.
  const isDamaged = extent === 1 || (!regular.endMissing && extent > 1 - FEW);
  return isDamaged ? { extent: 1, warning: imageWarning('DAMAGED') } : { extent, warning: truncated(extent) };
}

/** Of a JPEG whose scans are whole, though there may be fewer than there were. */
function remainsOfScans({ endMissing }: RegularJpeg, detail: RegularJpeg['detail']): Remains {
  if (!endMissing) return { extent: 1, warning: imageWarning('IRREGULAR') };
  if (detail === 'full') return { extent: 1, warning: imageWarning('END_MISSING') };
  // Eight pixels in a row have become one.
  return { extent: detail === 'rough' ? 1 : 1 / 64, warning: imageWarning('LESS_DETAIL') };
}

/** What the decoder fills missing blocks with. */
const FILLING = 128;
const FEW = 0.01;

/** The part of a damaged JPEG that has been decoded, from 0 to 1, in squares of eight pixels. */
async function shownExtent(bytes: Uint8Array, limits: ImageLimits): Promise<number> {
  const opened = sharp(bytes, { failOn: 'none', limitInputPixels: limits.maxPixels, sequentialRead: true });
  const { width, height } = await opened.metadata();
  const size = { width: Math.ceil(width / 8), height: Math.ceil(height / 8) };
  const data = await opened
    .resize({ ...size, fit: 'fill', kernel: 'nearest' })
    .raw()
    .toBuffer();
  let end = data.length;
  while (end > 0 && Math.abs(data[end - 1]! - FILLING) <= 1) end -= 1;
  return end / data.length;
}
