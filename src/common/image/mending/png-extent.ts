import { once } from 'node:events';
import { createInflate } from 'node:zlib';
import { pngChunks } from './png-chunks.ts';

const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Of Adam7: the first column and row of each pass, and the steps between them. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** The part of the picture that the data of a PNG contain, from 0 to 1. (PNG, third edition, 7 and 8) */
export async function pngExtent(bytes: Uint8Array): Promise<number> {
  const data: Buffer[] = [];
  let expected = 0;
  for (const chunk of pngChunks(bytes)) {
    if (chunk.type === 'IHDR' && chunk.data.length === 13) expected = sizeOf(chunk.data);
    if (chunk.type === 'IDAT') data.push(chunk.data);
  }
  if (expected === 0) return 0;
  return Math.min(1, (await inflatedBytes(data)) / expected);
}

/** The bytes of all rows, each with the byte of its filter. */
function sizeOf(header: Buffer): number {
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const bits = header[8]! * (CHANNELS[header[9]!] ?? 0);
  const passes = header[12] === 1 ? PASSES : [[0, 0, 1, 1] as const];
  let bytes = 0;
  for (const [left, top, across, down] of passes) {
    const [columns, rows] = [Math.ceil((width - left) / across), Math.ceil((height - top) / down)];
    if (columns > 0 && rows > 0) bytes += rows * (1 + Math.ceil((columns * bits) / 8));
  }
  return bytes;
}

/** How many bytes can be inflated before the data end or are damaged. None of them is kept. */
async function inflatedBytes(data: readonly Buffer[]): Promise<number> {
  const inflate = createInflate();
  let bytes = 0;
  inflate.on('data', (chunk: Buffer) => (bytes += chunk.length));
  const ended = once(inflate, 'end').catch(() => undefined);
  for (const part of data) inflate.write(part, () => undefined);
  inflate.end();
  await ended;
  return bytes;
}
