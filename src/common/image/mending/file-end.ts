import type { ImageFormat } from '../image-format.ts';
import { hasGifTrailer } from './gif-extent.ts';
import { endOfBoxes } from './media-boxes.ts';
import { pngChunks } from './png-chunks.ts';
import { regularJpeg } from './regular-jpeg.ts';

/**
 * Whether the mark at the end of a picture is there, in formats in which decoders may not get that far. What follows
 * it does not matter.
 */
export function endsAsItShould(bytes: Uint8Array, format: ImageFormat): boolean {
  switch (format) {
    case 'jpeg':
      // Without it, decoders complain; but those that need only the upper part do not look for it.
      return JPEG_END.equals(bytes.subarray(-JPEG_END.length)) || regularJpeg(bytes)?.endMissing === false;
    case 'png':
      for (const { type, end } of pngChunks(bytes)) if (type === 'IEND') return end <= bytes.length;
      return false;
    case 'gif':
      return hasGifTrailer(bytes);
    case 'heic':
      return endOfBoxes(bytes) <= bytes.length;
    case 'webp':
    case 'avif':
    case 'tiff':
      // The decoder needs the whole file anyway.
      return true;
  }
}

const JPEG_END = Buffer.from([0xff, 0xd9]);
