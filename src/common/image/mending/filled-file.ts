import type { ImageFormat } from '../image-format.ts';
import { endOfBoxes } from './media-boxes.ts';

/** A file that lacks more than this is not filled up, whatever length it declares. */
const MOST = 64 * 1024 * 1024;

/** The length in bytes that a file declares, or the length that it has if its format declares none. */
export function declaredLength(bytes: Uint8Array, format: ImageFormat): number {
  if (format === 'avif' || format === 'heic') return endOfBoxes(bytes);
  if (format !== 'webp') return bytes.length;
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return file.length < 12 ? 12 : 8 + file.readUInt32LE(4);
}

/**
 * A WebP or HEIC that was cut off, with its missing end filled up: its decoder then shows what is there of the picture,
 * followed by what the filling happens to mean. The given bytes if nothing is missing. Decoders of AVIF refuse it.
 */
export function filledUp(bytes: Uint8Array, format: ImageFormat, filling = 0): Uint8Array {
  const length = declaredLength(bytes, format);
  if (format === 'avif' || length <= bytes.length || length - bytes.length > MOST) return bytes;
  const whole = new Uint8Array(length).fill(filling, bytes.length);
  whole.set(bytes);
  return whole;
}
