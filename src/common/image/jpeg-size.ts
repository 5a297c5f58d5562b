/** Start of frame: C0 to CF, except DHT (C4), JPG (C8) and DAC (CC). */
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
const APP1 = 0xe1;
/** Tables, application data and comments: the segments that come before the frame. */
const isPassedOver = (marker: number) =>
  marker === 0xc4 ||
  marker === 0xcc ||
  (marker >= 0xdb && marker <= 0xef && marker !== 0xdc) ||
  marker === 0xfe;

/**
 * Width and height in pixels of a plain JPEG, read from its header without a decoder.
 *
 * Undefined if the header is not enough (EXIF may rotate the picture) or anything is unusual; ask a
 * decoder then. (ITU-T T.81, B.1 and B.2)
 */
export function plainJpegSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  const { buffer, byteOffset, length } = bytes;
  const view = new DataView(buffer, byteOffset, length);
  if (length < 4 || view.getUint16(0) !== 0xffd8) return undefined;
  for (let at = 2; at + 9 <= length;) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    const segmentLength = view.getUint16(at + 2);
    if (isFrame(marker)) {
      const height = view.getUint16(at + 5);
      const width = view.getUint16(at + 7);
      // If the height is 0, a later segment gives it.
      return width === 0 || height === 0 ? undefined : { width, height };
    }
    // Exif, XMP or something else: its content is not examined.
    if (marker === APP1 || !isPassedOver(marker) || segmentLength < 2) return undefined;
    at += 2 + segmentLength;
  }
  return undefined;
}

/** The frame of a JPEG, whatever stands before it; undefined if there is none, or junk before it. */
export function jpegFrame(
  bytes: Uint8Array,
): { readonly precision: number; readonly width: number; readonly height: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 2; at + 9 <= bytes.length && view.getUint8(at) === 0xff;) {
    if (isFrame(view.getUint8(at + 1))) {
      return {
        precision: view.getUint8(at + 4),
        width: view.getUint16(at + 7),
        height: view.getUint16(at + 5),
      };
    }
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}
