/** Numbers of tags by their tag, as far as they are whole numbers. */
export type TiffDirectory = ReadonlyMap<number, readonly number[]>;

const TAG = {
  subfileType: 254,
  stripOffsets: 273,
  stripBytes: 279,
  tileOffsets: 324,
  tileBytes: 325,
  dngVersion: 50706,
};
/** Bytes of a number of each type that is a whole number. */
const SIZES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 13: 4, 16: 8 };
const MOST_NUMBERS = 1_000_000;

/** The first directory of a TIFF or BigTIFF (TIFF 6.0, 2); undefined if it lies beyond the end of the file. */
export function firstTiffDirectory(bytes: Uint8Array): TiffDirectory | undefined {
  try {
    return readDirectory(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  } catch (error) {
    if (error instanceof BeyondEnd) return undefined;
    throw error;
  }
}

class BeyondEnd extends Error {}

/** Throws `BeyondEnd`. */
function readDirectory(file: Buffer): TiffDirectory {
  const isLittle = file[0] === 0x49;
  const number = (at: number, size: number): number => {
    if (at + size > file.length) throw new BeyondEnd();
    if (size === 8) return Number(isLittle ? file.readBigUInt64LE(at) : file.readBigUInt64BE(at));
    return isLittle ? file.readUIntLE(at, size) : file.readUIntBE(at, size);
  };
  const isBig = number(2, 2) === 43;
  const [wide, counted] = isBig ? [8, 8] : [4, 2];
  const start = number(isBig ? 8 : 4, wide);
  const directory = new Map<number, readonly number[]>();
  const entries = Math.min(number(start, counted), 0xffff);
  for (let entry = 0; entry < entries; entry += 1) {
    const at = start + counted + entry * (4 + 2 * wide);
    const size = SIZES[number(at + 2, 2)];
    const count = number(at + 4, wide);
    if (size === undefined || count > MOST_NUMBERS) continue;
    const values = size * count <= wide ? at + 4 + wide : number(at + 4 + wide, wide);
    directory.set(
      number(at, 2),
      Array.from({ length: count }, (_, index) => number(values + index * size, size)),
    );
  }
  return directory;
}

/** Whether a TIFF holds the data of a camera's sensor, and only a preview as a picture. */
export function isRawPhoto(bytes: Uint8Array): boolean {
  // Canon writes it behind the header.
  if (Buffer.from(bytes.subarray(8, 10)).toString('latin1') === 'CR') return true;
  const directory = firstTiffDirectory(bytes);
  const isPreview = ((directory?.get(TAG.subfileType)?.[0] ?? 0) & 1) === 1;
  return isPreview || directory?.has(TAG.dngVersion) === true;
}

/** The part of the picture's data that is in the file, from 0 to 1. */
export function tiffExtent(bytes: Uint8Array): number {
  const directory = firstTiffDirectory(bytes);
  const offsets = directory?.get(TAG.stripOffsets) ?? directory?.get(TAG.tileOffsets) ?? [];
  const sizes = directory?.get(TAG.stripBytes) ?? directory?.get(TAG.tileBytes) ?? [];
  let [whole, there] = [0, 0];
  for (const [at, offset] of offsets.entries()) {
    const size = sizes[at] ?? 0;
    whole += size;
    there += Math.max(0, Math.min(size, bytes.length - offset));
  }
  return whole === 0 ? 0 : there / whole;
}
