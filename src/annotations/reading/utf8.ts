import { isUtf8 } from 'node:buffer';

/**
 * The index up to which the bytes between two indexes are known to be UTF-8: `from` if there is a fault among them,
 * otherwise `to`, or less where the last character continues behind it.
 */
export function soundUntil(bytes: Buffer, from: number, to: number): number {
  let end = to;
  // The last character may have up to three bytes behind `to`.
  for (let back = 1; back <= 3 && to - back >= from; back += 1) {
    const byte = bytes[to - back]!;
    if (byte < 0x80) break;
    end = to - back;
    if (byte >= 0xc0) break;
  }
  return isUtf8(bytes.subarray(from, end)) ? end : from;
}

/** The index of the first byte that is not part of a UTF-8 character; -1 if there is none. */
export function firstFault(bytes: Buffer, from: number, to: number): number {
  if (isUtf8(bytes.subarray(from, to))) return -1;
  for (let at = from; ;) {
    const length = characterLength(bytes[at]!);
    if (at + length > to || !isUtf8(bytes.subarray(at, at + length))) return at;
    at += length;
  }
}

/** The number of bytes of the UTF-8 character that begins with this byte. */
function characterLength(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}
