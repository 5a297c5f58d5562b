/** The part of the first frame that the data of a GIF contain, from 0 to 1: how many of its pixels are coded. (GIF 89a) */
export function gifExtent(bytes: Uint8Array): number {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (file.length < 13) return 0;
  let at = 13 + tableSize(file[10]!);
  while (file[at] === 0x21) at = endOfBlocks(file, at + 2);
  if (file[at] !== 0x2c || at + 10 > file.length) return 0;
  const pixels = file.readUInt16LE(at + 5) * file.readUInt16LE(at + 7);
  const codes = at + 10 + tableSize(file[at + 9]!);
  const minimum = file[codes] ?? 0;
  if (pixels === 0 || minimum < 1 || minimum > 11) return 0;
  return Math.min(1, codedPixels(file, codes + 1, minimum, pixels) / pixels);
}

/** Whether the blocks of a GIF are followed by its last byte. */
export function hasGifTrailer(bytes: Uint8Array): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = file.length < 13 ? file.length : 13 + tableSize(file[10]!);
  while (at < file.length) {
    if (file[at] === 0x21) at = endOfBlocks(file, at + 2);
    else if (file[at] === 0x2c) at = endOfBlocks(file, at + 11 + tableSize(file[at + 9] ?? 0));
    else return file[at] === 0x3b;
  }
  return false;
}

/** The size of a colour table in bytes. */
function tableSize(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 0x07) + 1);
}

function endOfBlocks(file: Buffer, from: number): number {
  let at = from;
  while (at < file.length && file[at] !== 0) at += 1 + file[at]!;
  return at + 1;
}

/** Follows the codes without their pixels: only how many pixels each stands for matters. */
function codedPixels(file: Buffer, from: number, minimum: number, enough: number): number {
  const clear = 1 << minimum;
  const lengths = new Uint32Array(4096);
  lengths.fill(1, 0, clear);
  let [bits, held, width, next, previous, pixels] = [0, 0, minimum + 1, clear + 2, 0, 0];
  for (let at = from; at < file.length && file[at] !== 0; at += 1 + file[at]!) {
    const end = Math.min(file.length, at + 1 + file[at]!);
    for (let byte = at + 1; byte < end; byte += 1) {
      bits |= file[byte]! << held;
      held += 8;
      while (held >= width) {
        const code = bits & ((1 << width) - 1);
        bits >>>= width;
        held -= width;
        if (code === clear) {
          [width, next, previous] = [minimum + 1, clear + 2, 0];
          continue;
        }
        if (code === clear + 1 || code > next || (code === next && previous === 0)) return pixels;
        if (previous > 0 && next < 4096) {
          lengths[next] = previous + 1;
          next += 1;
          if (next === 1 << width && width < 12) width += 1;
        }
        previous = lengths[code]!;
        pixels += previous;
        if (pixels >= enough) return pixels;
      }
    }
  }
  return pixels;
}
