import sharp, { type OverlayOptions } from 'sharp';
import { decodeImage } from './decode-image.ts';
import { openImage, type ImageLimits } from './open-image.ts';

/** Numbers over a part of a picture. */
export interface HeatGrid {
  readonly rows: number;
  readonly columns: number;
  /** Row by row. */
  readonly values: ArrayLike<number>;
  /** The part of the picture that they cover, as fractions of its width and height. */
  readonly region: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
}

export interface HeatMapOptions {
  /** The value, positive or negative, that has the full strength of its colour. */
  readonly peak: number;
  /** Only the colours, on a transparent ground as large as the picture would be. */
  readonly overlay?: boolean;
  readonly limits: ImageLimits;
}

/** The longer side in pixels. */
const SIDE = 512;
/** Told apart by people who do not see red and green alike. */
const POSITIVE = [235, 75, 10] as const;
const NEGATIVE = [25, 85, 225] as const;
const OPAQUE = 0.78;
/** What a picture keeps of its colours, so that they are not mistaken for those of the map. */
const SATURATION = 0.3;
const QUALITY = 82;
/** Of 0 to 6. Somebody is waiting, and the picture is small. */
const EFFORT = 2;
/** Between two pictures, in pixels. */
const GAP = 16;

/**
 * Draws values over a picture, as WebP: what is positive in orange, what is negative in blue, both the stronger the
 * greater. The colours between the middles of cells are interpolated. The picture has been checked. Rejects as
 * `decodeImage` does.
 */
export async function drawHeatMap(
  picture: Uint8Array,
  grid: HeatGrid,
  { peak, overlay = false, limits }: HeatMapOptions,
): Promise<Buffer> {
  const { width, height } = await openImage(picture, limits);
  const scale = SIDE / Math.max(width, height);
  const size = {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
  const layer = await coloursOf(grid, peak, size);
  const ground = overlay
    ? sharp({ create: { ...size, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
    : sharp(
        await decodeImage(picture, limits, { checked: true }, ({ image }) =>
          image
            .resize({ ...size, fit: 'fill' })
            .flatten({ background: '#ffffff' })
            .toColourspace('srgb')
            .modulate({ saturation: SATURATION })
            .raw({ depth: 'uchar' })
            .toBuffer(),
        ),
        { raw: { ...size, channels: 3 } },
      );
  return ground.composite([layer]).webp({ quality: QUALITY, alphaQuality: 90, effort: EFFORT }).toBuffer();
}

/** Two pictures that `drawHeatMap` has made, beside each other on white, as WebP. */
export async function drawSideBySide(left: Uint8Array, right: Uint8Array): Promise<Buffer> {
  const [one, other] = await Promise.all([left, right].map((picture) => sharp(picture).metadata()));
  const height = Math.max(one!.height, other!.height);
  const below = (own: number) => Math.floor((height - own) / 2);
  return sharp({
    create: { width: one!.width + GAP + other!.width, height, channels: 3, background: '#ffffff' },
  })
    .composite([
      { input: Buffer.from(left), left: 0, top: below(one!.height) },
      { input: Buffer.from(right), left: one!.width + GAP, top: below(other!.height) },
    ])
    .webp({ quality: QUALITY })
    .toBuffer();
}

/** The colours of a grid as large as the part of the picture that it covers, and where they belong. */
async function coloursOf(
  { rows, columns, values, region }: HeatGrid,
  peak: number,
  size: { readonly width: number; readonly height: number },
): Promise<OverlayOptions> {
  const pixels = Buffer.alloc(rows * columns * 4);
  for (let at = 0; at < rows * columns; at += 1) {
    const strength = peak > 0 ? Math.max(-1, Math.min(1, (values[at] ?? 0) / peak)) : 0;
    pixels.set(strength < 0 ? NEGATIVE : POSITIVE, at * 4);
    pixels[at * 4 + 3] = Math.round(255 * OPAQUE * Math.abs(strength));
  }
  const left = Math.min(size.width - 1, Math.round(region.x * size.width));
  const top = Math.min(size.height - 1, Math.round(region.y * size.height));
  const width = Math.max(1, Math.min(size.width - left, Math.round(region.width * size.width)));
  const height = Math.max(1, Math.min(size.height - top, Math.round(region.height * size.height)));
  const input = await sharp(pixels, { raw: { width: columns, height: rows, channels: 4 } })
    .resize({ width, height, fit: 'fill', kernel: 'cubic' })
    .raw()
    .toBuffer();
  return { input, raw: { width, height, channels: 4 }, left, top };
}
