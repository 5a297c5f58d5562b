import { openImage, type ImageLimits } from '../open-image.ts';
import type { ImageFormat } from '../image-format.ts';
import { filledUp } from './filled-file.ts';

/** Every so many pixels, one is compared in each direction. */
const STEP = 8;
const FILLINGS = [0x00, 0xaa] as const;

/**
 * The part of a WebP or HEIC that is there although its end is missing, from 0 to 1: the part that is the same
 * whatever the end is filled up with. Of a picture that only one filling lets be decoded, the share of `declared` bytes.
 */
export async function filledExtent(
  bytes: Uint8Array,
  format: ImageFormat,
  limits: ImageLimits,
  declared: number,
): Promise<number> {
  const [one, other] = await Promise.all(
    FILLINGS.map((filling) => sampled(filledUp(bytes, format, filling), limits).catch(() => undefined)),
  );
  if (one === undefined || other?.data.length !== one.data.length) return bytes.length / declared;
  return 1 - missingShare(one, other.data);
}

interface Sample {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

async function sampled(bytes: Uint8Array, limits: ImageLimits): Promise<Sample> {
  const { image, width, height } = await openImage(bytes, limits);
  const size = { width: Math.ceil(width / STEP), height: Math.ceil(height / STEP) };
  const { data, info } = await image
    .resize({ ...size, fit: 'fill', kernel: 'nearest' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}

/** The smallest part at one side that contains all differences: a picture may be turned after it was decoded. */
function missingShare({ data, width, height, channels }: Sample, other: Buffer): number {
  let [top, bottom, left, right] = [height, -1, width, -1];
  for (let at = 0; at < data.length; at += 1) {
    if (data[at] === other[at]) continue;
    const pixel = Math.floor(at / channels);
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    [top, bottom, left, right] = [
      Math.min(top, y),
      Math.max(bottom, y),
      Math.min(left, x),
      Math.max(right, x),
    ];
  }
  if (bottom === -1) return 0;
  return Math.min(
    (height - top) / height,
    (bottom + 1) / height,
    (width - left) / width,
    (right + 1) / width,
  );
}
