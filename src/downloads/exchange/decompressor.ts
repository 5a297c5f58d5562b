import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

/** What is asked for; anything else that comes is refused. */
export const ACCEPT_ENCODING = 'gzip, deflate, br';

/**
 * Makes the decompressor of a `Content-Encoding` from the body's first byte: null where there is
 * nothing to do, undefined where it is not known. Several on top of each other are not.
 */
export function decompressorOf(
  encoding: string | readonly string[] | undefined,
): null | undefined | ((firstByte: number) => Transform) {
  const name = (typeof encoding === 'string' ? encoding : (encoding ?? []).join(',')).trim().toLowerCase();
  switch (name) {
    case '':
    case 'identity':
      return null;
    case 'gzip':
    case 'x-gzip':
      return () => createGunzip();
    case 'br':
      return () => createBrotliDecompress();
    case 'deflate':
      // Meant is the zlib format (RFC 9110, 8.4.1.2), but some send the bare stream.
      return (firstByte) => ((firstByte & 0x0f) === 8 ? createInflate() : createInflateRaw());
    default:
      return undefined;
  }
}
