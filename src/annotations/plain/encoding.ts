import { isUtf8 } from 'node:buffer';
import { soundUntil } from '../reading/utf8.ts';

/** A character encoding by the name that `TextDecoder` knows (WHATWG Encoding Standard). */
export type Encoding = string;

export const UTF_8 = 'utf-8';
const WINDOWS_1252 = 'windows-1252';

/** How many of the bytes are looked at. */
const LOOKED_AT = 64 * 1024;
/** Text in UTF-16 has at least this share of zeros on one side of its code units. */
const LEAST_ZEROS = 0.4;

/**
 * Detects the encoding of a text from its beginning: by its byte order mark (The Unicode Standard, section 23.8), by
 * the zeros of UTF-16, and otherwise UTF-8. Bytes that are not UTF-8 are taken for Windows-1252, the encoding of
 * spreadsheets in Western Europe and the Americas, unless there are characters of UTF-8 among them: such a text
 * is UTF-8 with a damaged byte.
 */
export function detectEncoding(bytes: Buffer): Encoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const looked = bytes.subarray(0, LOOKED_AT);
  const pairs = looked.length >> 1;
  let [even, odd] = [0, 0];
  for (let at = 0; at < 2 * pairs; at += 2) {
    if (looked[at] === 0) even += 1;
    if (looked[at + 1] === 0) odd += 1;
  }
  if (odd > LEAST_ZEROS * pairs && even === 0) return 'utf-16le';
  if (even > LEAST_ZEROS * pairs && odd === 0) return 'utf-16be';
  if (soundUntil(bytes, 0, bytes.length) > 0 || bytes.length === 0) return UTF_8;
  return hasUtf8Character(bytes) ? UTF_8 : WINDOWS_1252;
}

/** Whether there is a character of several bytes that is UTF-8. In Windows-1252 such pairs make no words. */
function hasUtf8Character(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]!;
    if (byte < 0xc2 || byte > 0xf4) continue;
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    if (at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length))) return true;
  }
  return false;
}

/** The name of an encoding in the Encoding Standard; undefined if there is none with this label. */
export function encodingNamed(label: string): Encoding | undefined {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}
