import sharp, { type Sharp } from 'sharp';

/** A picture in memory, upright and without transparency. */
export interface RgbPicture {
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** Three bytes for each pixel (sRGB), row by row. */
  readonly rgb: Uint8Array;
}

/** Chain operations on it. */
export function rgbImage({ width, height, rgb }: RgbPicture): Sharp {
  return sharp(rgb, { raw: { width, height, channels: 3 } });
}

/** What the operations give. Transparent parts become white. */
export async function rgbPicture(image: Sharp): Promise<RgbPicture> {
  const { data, info } = await image
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, rgb: data };
}
