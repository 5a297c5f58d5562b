import sharp, { type JpegOptions, type Sharp } from 'sharp';
import { decodeImage } from './decode-image.ts';
import type { ImageLimits } from './open-image.ts';

/** Copies are not larger than this, which is more than networks look at. */
const LONGEST_SIDE = 384;
/** The length of the longer side of a thumbnail. */
const THUMBNAIL = 160;
const WHITE = '#ffffff';
/** The files are read once, so that shorter codes for the same pixels are not worth the search for them. */
const [LIGHT, STRONG] = [90, 25].map((quality) => ({ quality, optimiseCoding: false })) as [
  JpegOptions,
  JpegOptions,
];

/** Brighter by 15 %, with 60 % of the saturation, and the hue turned by 20 degrees. */
const RECOLOURED: [[number, number, number], [number, number, number], [number, number, number]] =
  colourMatrix({ brightness: 1.15, saturation: 0.6, degrees: 20 });

interface Size {
  readonly width: number;
  readonly height: number;
}

/** What is commonly done to a picture before it is published again. */
const alterations = {
  /** A tenth is cut off on every side. */
  cropped: (image, { width, height }) => {
    const [left, top] = [Math.round(width / 10), Math.round(height / 10)];
    const box = { left, top, width: width - 2 * left, height: height - 2 * top };
    return (width > 2 && height > 2 ? image.extract(box) : image).jpeg(LIGHT);
  },
  flipped: (image) => image.flop().jpeg(LIGHT),
  rotated: (image) => image.rotate(10, { background: WHITE }).jpeg(LIGHT),
  recoloured: (image) => image.recomb(RECOLOURED).jpeg(LIGHT),
  /** A small thumbnail, compressed a lot. */
  compressed: (image) => within(image, THUMBNAIL).jpeg(STRONG),
} satisfies Record<string, (image: Sharp, size: Size) => Sharp>;

export type Alteration = keyof typeof alterations;
export const ALTERATIONS = Object.keys(alterations) as Alteration[];

/**
 * Altered copies of a picture that has been checked, as JPEGs, in the order of `ALTERATIONS`. The picture is decoded once.
 * Rejects as `decodeImage` does.
 */
export async function alteredCopies(bytes: Uint8Array, limits: ImageLimits): Promise<Buffer[]> {
  const { data, info } = await decodeImage(bytes, limits, { checked: true }, ({ image }) =>
    within(image, LONGEST_SIDE)
      .flatten({ background: WHITE })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true }),
  );
  const { width, height, channels } = info;
  return Promise.all(
    ALTERATIONS.map((one) =>
      alterations[one](sharp(data, { raw: { width, height, channels } }), { width, height }).toBuffer(),
    ),
  );
}

function within(image: Sharp, side: number): Sharp {
  return image.resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true });
}

/** What the filters `hue-rotate`, `saturate` and `brightness` of CSS do, in this order, as one matrix of RGB. */
function colourMatrix(how: {
  readonly brightness: number;
  readonly saturation: number;
  readonly degrees: number;
}): typeof RECOLOURED {
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
