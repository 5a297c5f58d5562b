import { crc32 } from 'node:zlib';
import type { ImageFormat } from '../image-format.ts';
import { hasGifTrailer } from './gif-extent.ts';
import { declaredLength } from './filled-file.ts';
import { pngChunks } from './png-chunks.ts';
import { tiffExtent } from './tiff-directory.ts';
import { regularJpeg } from './regular-jpeg.ts';

const NAMES: Readonly<Record<ImageFormat, string>> = {
  jpeg: 'JPEG',
  png: 'PNG',
  webp: 'WebP',
  gif: 'GIF',
  avif: 'AVIF',
  heic: 'HEIC',
  tiff: 'TIFF',
};

/** What the bytes of a picture that cannot be decoded show to be wrong, as a part of a sentence. */
export function fileDamage(bytes: Uint8Array, format: ImageFormat): string {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return inspections[format](file) ?? `its data are not those of a valid ${NAMES[format]}`;
}

const EARLY_END = 'its file ends before the picture does';

const inspections: Readonly<Record<ImageFormat, (file: Buffer) => string | undefined>> = {
  jpeg: (file) => {
    const regular = regularJpeg(file);
    if (regular === undefined) return 'it holds the beginning of a JPEG, but no picture';
    return regular.endMissing ? EARLY_END : undefined;
  },
  png: (file) => {
    for (const { type, start, data, end } of pngChunks(file)) {
      if (end > file.length) return EARLY_END;
      if (crc32(file.subarray(start + 4, end - 4)) !== file.readUInt32BE(end - 4)) {
        return `the checksum of its chunk at byte ${start} is wrong`;
      }
      if (type === 'IHDR' && data.length !== 13) return 'its header has a wrong length';
      if (type === 'IEND') return undefined;
    }
    return EARLY_END;
  },
  gif: (file) => (hasGifTrailer(file) ? undefined : EARLY_END),
  webp: (file) => endsEarly(file, 'webp', 'what is there of it cannot be decoded'),
  avif: (file) => endsEarly(file, 'avif', 'an AVIF cannot be shown in part'),
  heic: (file) => endsEarly(file, 'heic', 'what is there of it cannot be decoded'),
  tiff: (file) => (tiffExtent(file) < 1 ? EARLY_END : undefined),
};

/** `why`: what keeps the part that is there from being shown. */
function endsEarly(file: Buffer, format: ImageFormat, why: string): string | undefined {
  const [length, expected] = [file.length, declaredLength(file, format)];
  if (length >= expected) return undefined;
  return `its file ends after ${length.toLocaleString('en')} of ${expected.toLocaleString('en')} bytes; ${why}`;
}
