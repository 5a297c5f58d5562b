import { decodeImage, type ImageLimits, type RgbPicture } from '../../common/index.ts';
import type { PreprocessingSpec } from '../catalogue/model-manifest.ts';
import { regionInvalid } from '../embeddings.errors.ts';
import type { Pixels } from '../networks/feature-extractor.port.ts';

/** Part of a picture, in fractions (0…1) of the upright picture's width and height. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PreprocessOptions {
  /** The part of the picture to look at; all of it if omitted. */
  readonly region?: Region;
  /** Whether the picture has been accepted already; otherwise it is judged as an import judges pictures. */
  readonly checked?: boolean;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Box extends Size {
  readonly left: number;
  readonly top: number;
}

/** If a picture is more than this many times as long as it is wide, its ends are cut off before it is resized. */
const LONGEST_SIDE = 8;

/**
 * Turns a picture file, or one that has been decoded, into what the network sees: upright, in sRGB, with transparent
 * parts in white, the first frame of an animation. The shorter side is resized to `spec.resize` and the centre cropped
 * to `spec.crop` or, if the spec says so, both sides are resized to `spec.crop`. The same bytes always give the same
 * pixels.
 *
 * Rejects with `EMPTY_FILE`, `UNSUPPORTED_MEDIA_TYPE`, `IMAGE_TOO_LARGE`, `IMAGE_CORRUPT` or
 * `REGION_INVALID`.
 */
export async function preprocess(
  picture: Uint8Array | RgbPicture,
  spec: PreprocessingSpec,
  limits: ImageLimits,
  { region, checked = false }: PreprocessOptions = {},
): Promise<Pixels> {
  if (region !== undefined) checkRegion(region);
  const { data, info } = await decodeImage(picture, limits, { checked }, async ({ image, width, height }) => {
    const { box, resized, crop } = framingOf({ width, height }, spec, region);
    // Only if necessary, since a JPEG that is cropped cannot be shrunk while it is decoded.
    if (box.width < width || box.height < height) image.extract(box);
    return image
      .resize({ ...resized, fit: 'fill', kernel: spec.interpolation === 'bilinear' ? 'linear' : 'cubic' })
      .extract(crop)
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
  });
  if (info.channels !== 3 || data.length !== spec.crop * spec.crop * 3) {
    throw new Error(`Decoded to ${info.width} × ${info.height} pixels of ${info.channels} channels`);
  }
  return data;
}

/**
 * The part of a picture of this size that the network sees, as fractions of the whole picture. Throws
 * `REGION_INVALID`.
 */
export function seenRegion(size: Size, spec: PreprocessingSpec, region?: Region): Region {
  if (region !== undefined) checkRegion(region);
  const { box, resized, crop } = framingOf(size, spec, region);
  const across = box.width / resized.width / size.width;
  const down = box.height / resized.height / size.height;
  return {
    x: box.left / size.width + crop.left * across,
    y: box.top / size.height + crop.top * down,
    width: crop.width * across,
    height: crop.height * down,
  };
}

interface Framing {
  /** The part of the picture that is resized. */
  readonly box: Box;
  readonly resized: Size;
  /** The part of what was resized that the network sees. */
  readonly crop: Box;
}

function framingOf({ width, height }: Size, spec: PreprocessingSpec, region: Region | undefined): Framing {
  const whole = { left: 0, top: 0, width, height };
  const seen = region === undefined ? whole : boxOf(region, width, height);
  const box = spec.fit === 'stretch' ? seen : withoutFarEnds(seen);
  const resized = resizedTo(spec, box);
  const crop = {
    left: (resized.width - spec.crop) >> 1,
    top: (resized.height - spec.crop) >> 1,
    width: spec.crop,
    height: spec.crop,
  };
  return { box, resized, crop };
}

function resizedTo({ resize, crop, fit }: PreprocessingSpec, { width, height }: Size): Size {
  if (fit === 'stretch') return { width: crop, height: crop };
  const scale = resize / Math.min(width, height);
  return {
    width: Math.max(resize, Math.round(width * scale)),
    height: Math.max(resize, Math.round(height * scale)),
  };
}

function checkRegion({ x, y, width, height }: Region): void {
  const valid =
    x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= 1 + 1e-9 && y + height <= 1 + 1e-9;
  if (!valid) throw regionInvalid();
}

/** The region in pixels: at least one in each direction, and within the picture. */
function boxOf(region: Region, width: number, height: number): Box {
  const left = Math.min(width - 1, Math.round(region.x * width));
  const top = Math.min(height - 1, Math.round(region.y * height));
  return {
    left,
    top,
    width: Math.max(1, Math.min(width - left, Math.round(region.width * width))),
    height: Math.max(1, Math.min(height - top, Math.round(region.height * height))),
  };
}

/**
 * A picture of one pixel by a million would be resized to billions of pixels, of which only the middle
 * is used. So the middle is cut out first.
 */
function withoutFarEnds({ left, top, width, height }: Box): Box {
  const longest = Math.min(width, height) * LONGEST_SIDE;
  const cut = { width: Math.min(width, longest), height: Math.min(height, longest) };
  return { left: left + ((width - cut.width) >> 1), top: top + ((height - cut.height) >> 1), ...cut };
}
