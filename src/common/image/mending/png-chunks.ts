import { crc32 } from 'node:zlib';

export const PNG_SIGNATURE_BYTES = 8;

export interface PngChunk {
  readonly type: string;
  /** Where the chunk begins, with its length. */
  readonly start: number;
  /** As much as there is. */
  readonly data: Buffer;
  /** After its checksum. */
  readonly end: number;
}

/** The chunks of a PNG, the last one possibly cut off. */
export function* pngChunks(bytes: Uint8Array): Generator<PngChunk, void, undefined> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let start = PNG_SIGNATURE_BYTES; start + 8 <= file.length;) {
    const length = file.readUInt32BE(start);
    const end = start + 12 + length;
    yield {
      type: file.toString('latin1', start + 4, start + 8),
      start,
      data: file.subarray(start + 8, Math.min(start + 8 + length, file.length)),
      end,
    };
    start = end;
  }
}

export function pngChunk(type: string, data: Uint8Array): Buffer {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return chunk;
}
