import { emptyFile, unsupportedMediaType } from './image.errors.ts';
import { isRawPhoto } from './mending/tiff-directory.ts';

/** The formats that can be decoded. */
export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'avif' | 'heic' | 'tiff';

const TEXT_SAMPLE_BYTES = 4096;

/** Of HEIC among the brands of the ISO container (`ftyp`), by their first letters. */
const HEIC = /^(hei|hev|mif1|msf1)/;
/** Brands that are neither AVIF nor HEIC, by their first letters. */
const CONTAINERS: readonly (readonly [RegExp, string])[] = [
  [/^crx /, 'a Canon raw photo'],
  [/^qt {2}/, 'a QuickTime video'],
];

/** Formats that are recognised by their first bytes (in Latin-1) and refused. */
const REFUSED: readonly (readonly [string, string])[] = [
  ['%PDF-', 'a PDF document'],
  ['%!PS', 'a PostScript document'],
  ['BM', 'a BMP picture'],
  ['\0\0\x01\0', 'an icon'],
  ['\0\0\x02\0', 'a cursor'],
  ['\xff\x0a', 'a JPEG XL picture'],
  ['\0\0\0\x0cJXL ', 'a JPEG XL picture'],
  ['\xff\x4f\xff\x51', 'a JPEG 2000 picture'],
  ['\0\0\0\x0cjP  ', 'a JPEG 2000 picture'],
  ['8BPS', 'a Photoshop document'],
  ['PK\x03\x04', 'a ZIP archive'],
  ['PK\x05\x06', 'a ZIP archive'],
  ['\x1f\x8b', 'a gzip archive'],
  ['\x1a\x45\xdf\xa3', 'a Matroska video'],
  ['\x7fELF', 'a program'],
  ['MZ', 'a program'],
];

/**
 * Detects the format from the bytes alone, never from a name or a declared type.
 *
 * Throws `EMPTY_FILE`, or `UNSUPPORTED_MEDIA_TYPE` with what was found.
 */
export function sniffImageFormat(bytes: Uint8Array): ImageFormat {
  if (bytes.length === 0) throw emptyFile();
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, TEXT_SAMPLE_BYTES));
  const head = start.toString('latin1', 0, 64);

  if (head.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (/^GIF8[79]a/.test(head)) return 'gif';
  if (head.startsWith('RIFF')) {
    if (head.slice(8, 12) === 'WEBP') return 'webp';
    throw unsupportedMediaType('an audio or video file');
  }
  if (head.slice(4, 8) === 'ftyp') {
    const brands = brandsOf(start);
    if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return 'avif';
    if (brands.some((brand) => HEIC.test(brand))) return 'heic';
    const known = brands.map((brand) => CONTAINERS.find(([pattern]) => pattern.test(brand))?.[1]);
    throw unsupportedMediaType(known.find((name) => name !== undefined) ?? 'an MP4 video');
  }
  if (/^(II[*+]\0|MM\0[*+])/.test(head)) {
    if (isRawPhoto(bytes)) throw unsupportedMediaType('a raw photo of a camera');
    return 'tiff';
  }
  throw unsupportedMediaType(
    REFUSED.find(([prefix]) => head.startsWith(prefix))?.[1] ?? textKind(start) ?? 'of an unknown format',
  );
}

/** The major brand and the compatible brands. */
function brandsOf(start: Buffer): string[] {
  const end = Math.min(start.readUInt32BE(0), start.length);
  const brands = [start.toString('latin1', 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(start.toString('latin1', at, at + 4));
  return brands;
}

/** The kind of text that the bytes begin with; undefined if they are not text. */
function textKind(start: Buffer): string | undefined {
  // A byte order mark of UTF-16 would otherwise hide an SVG from the test below.
  const wide = start[0] === 0xff && start[1] === 0xfe;
  const text = (wide ? start.toString('utf16le') : start.toString('utf8')).replace(/^\uFEFF/, '').trimStart();
  if (/^<(\?xml|!--|!DOCTYPE svg|svg|[\w]+:svg)/i.test(text) && /<([\w]+:)?svg[\s>]/i.test(text)) {
    return 'an SVG drawing';
  }
  // eslint-disable-next-line no-control-regex
  if (/[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text)) return undefined;
  // A character cut off at the end of the sample is not a sign of binary data.
  if (text.slice(0, -1).includes('\uFFFD')) return undefined;
  if (/^<(!doctype html|html|head|body)/i.test(text)) return 'an HTML page';
  if (text.startsWith('<?xml')) return 'an XML document';
  if (/^[[{]\s*["[{\]}]/.test(text)) return 'JSON';
  return 'text';
}
