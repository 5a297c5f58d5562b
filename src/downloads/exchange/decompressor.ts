import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

/** The encodings that requests accept. Responses in any other are refused. */
export const ACCEPT_ENCODING = 'gzip, deflate, br';

/**
 * Returns a function that makes the decompressor for a `Content-Encoding`, given the first byte of the body;
 * null if the body is not compressed, undefined if the encoding is unknown. Several encodings on top of each
 * other are not supported.
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
      // This means the zlib format (RFC 9110, 8.4.1.2), but some servers send the bare deflate stream.
      return (firstByte) => ((firstByte & 0x0f) === 8 ? createInflate() : createInflateRaw());
    default:
      return undefined;
  }
}
