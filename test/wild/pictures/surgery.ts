import { crc32 } from 'node:zlib';
import { box, fullBox, text, u16, u32, u8 } from './boxes.ts';

export function cut(bytes: Buffer, share: number): Buffer {
  return bytes.subarray(0, Math.floor(bytes.length * share));
}

/** The first segments of a JPEG with this marker. */
export function segmentOf(jpeg: Buffer, marker: number): { readonly start: number; readonly end: number } {
  for (let at = 2; ;) {
    const end = at + 2 + jpeg.readUInt16BE(at + 2);
    if (jpeg[at + 1] === marker) return { start: at, end };
    at = end;
  }
}

export function inserted(bytes: Buffer, at: number, more: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
}

/** As some Samsung phones write it: a scan whose header says that it covers no coefficients. */
export function withoutSpectralSelection(jpeg: Buffer): Buffer {
  const { end } = segmentOf(jpeg, 0xda);
  const changed = Buffer.from(jpeg);
  changed.fill(0, end - 3, end);
  return changed;
}

/** A PNG with another chunk behind its header. */
export function withChunk(png: Buffer, type: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  return inserted(png, 33, Buffer.concat([u32(content.length), named, u32(crc32(named))]));
}

/** An AVIF as cameras of browsers and converters write animations: the still image, and a track that begins with it. */
export function animated(avif: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(avif);
  changed.write('avis', 8, 'latin1');
  const place = avif.indexOf('mdat') + 4;
  const configuration = avif.subarray(avif.indexOf('av1C') - 4);
  const matrix = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
  const entry = box(
    'av01',
    Buffer.alloc(6),
    u16(1),
    Buffer.alloc(16),
    u16(width, height),
    u32(0x480000, 0x480000, 0),
    u16(1),
    Buffer.alloc(32),
    u16(24, 0xffff),
    configuration.subarray(0, configuration.readUInt32BE(0)),
  );
  const size = avif.length - place;
  const samples = box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), entry),
    fullBox('stts', 0, 0, u32(1, 2, 100)),
    fullBox('stsc', 0, 0, u32(1, 1, 1, 1)),
    fullBox('stsz', 0, 0, u32(0, 2, size, size)),
    // Both show the same.
    fullBox('stco', 0, 0, u32(2, place, place)),
    fullBox('stss', 0, 0, u32(2, 1, 2)),
  );
  const media = box(
    'mdia',
    fullBox('mdhd', 0, 0, u32(0, 0, 1000, 200), u16(0x55c4, 0)),
    fullBox('hdlr', 0, 0, u32(0), text('pict'), u32(0, 0, 0), u8(0)),
    box(
      'minf',
      fullBox('vmhd', 0, 1, u16(0, 0, 0, 0)),
      box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1))),
      samples,
    ),
  );
  const track = box(
    'trak',
    fullBox(
      'tkhd',
      0,
      1,
      u32(0, 0, 1, 0, 200, 0, 0),
      u16(0, 0, 0, 0),
      matrix,
      u32(width << 16, height << 16),
    ),
    media,
  );
  const header = fullBox(
    'mvhd',
    0,
    0,
    u32(0, 0, 1000, 200, 0x10000),
    u16(0x100, 0),
    u32(0, 0),
    matrix,
    Buffer.alloc(24),
    u32(2),
  );
  return Buffer.concat([changed, box('moov', header, track)]);
}
