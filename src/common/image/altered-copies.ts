import type { JpegOptions, Sharp } from 'sharp';
import { decodeImage } from './decode-image.ts';
import type { ImageLimits } from './open-image.ts';
import {
  recoloured,
  rgbImage,
  rgbPicture,
  rotated,
  type ColourMatrix,
  type RgbPicture,
} from './rgb-picture.ts';

/** Copies are not larger than this, which is more than networks look at. */
const LONGEST_SIDE = 384;
/** The length of the longer side of a thumbnail. */
const THUMBNAIL = 160;
/** The file is read once, so that shorter codes for the same pixels are not worth the search for them. */
const COMPRESSED: JpegOptions = { quality: 25, optimiseCoding: false };

/** Brighter by 15 %, with 60 % of the saturation, and the hue turned by 20 degrees. */
const RECOLOURED = colourMatrix({ brightness: 1.15, saturation: 0.6, degrees: 20 });

/** What is commonly done to a picture before it is published again. */
const alterations = {
  /** A tenth is cut off on every side. */
  cropped: (picture) => {
    const { width, height } = picture;
    const [left, top] = [Math.round(width / 10), Math.round(height / 10)];
    const box = { left, top, width: width - 2 * left, height: height - 2 * top };
    return width > 2 && height > 2 ? rgbPicture(rgbImage(picture).extract(box)) : picture;
  },
  flipped: (picture) => rgbPicture(rgbImage(picture).flop()),
  rotated: (picture) => rotated(picture, 10),
  recoloured: (picture) => recoloured(picture, RECOLOURED),
  /** A small thumbnail, compressed a lot. */
  compressed: (picture) => within(rgbImage(picture), THUMBNAIL).jpeg(COMPRESSED).toBuffer(),
} satisfies Record<string, (picture: RgbPicture) => RgbPicture | Promise<Uint8Array | RgbPicture>>;

export type Alteration = keyof typeof alterations;
export const ALTERATIONS = Object.keys(alterations) as Alteration[];

/**
 * Altered copies of a picture that has been checked, in the order of `ALTERATIONS`. The picture is decoded once, and only
 * the compressed copy is a file: encoding and decoding the others would hardly change what a network sees. Rejects as
 * `decodeImage` does.
 */
export async function alteredCopies(
  bytes: Uint8Array,
  limits: ImageLimits,
): Promise<(Uint8Array | RgbPicture)[]> {
  const picture = await decodeImage(bytes, limits, { checked: true }, ({ image }) =>
    rgbPicture(within(image, LONGEST_SIDE)),
  );
  return Promise.all(ALTERATIONS.map(async (one) => alterations[one](picture)));
}

function within(image: Sharp, side: number): Sharp {
  return image.resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true });
}

/** What the filters `hue-rotate`, `saturate` and `brightness` of CSS do, in this order, as one matrix of RGB. */
function colourMatrix(how: {
  readonly brightness: number;
  readonly saturation: number;
  readonly degrees: number;
}): ColourMatrix {
  const { brightness, saturation, degrees } = how;
  const [r, g, b] = [0.213, 0.715, 0.072];
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const turned = [
    [r + cos * (1 - r) - sin * r, g - cos * g - sin * g, b - cos * b + sin * (1 - b)],
    [r - cos * r + sin * 0.143, g + cos * (1 - g) + sin * 0.14, b - cos * b - sin * 0.283],
    [r - cos * r - sin * (1 - r), g - cos * g + sin * g, b + cos * (1 - b) + sin * b],
  ] as const;
  const luminance = [r, g, b];
  const row = (own: number) =>
    turned[0].map((_, column) => {
      const grey = luminance.reduce((sum, weight, at) => sum + weight * turned[at]![column]!, 0);
      return brightness * (saturation * turned[own]![column]! + (1 - saturation) * grey);
    }) as [number, number, number];
  return [row(0), row(1), row(2)];
}
