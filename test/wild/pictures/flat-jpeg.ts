import { BitWriter } from './bits.ts';

export interface FlatJpeg {
  /** In blocks of 8 × 8 pixels. */
  readonly columns: number;
  readonly rows: number;
  /** Bits of a sample. */
  readonly precision: 8 | 12;
  /** Luminance and chrominances of a block, from 0 to 2 ** precision - 1. */
  readonly colour: (column: number, row: number) => readonly [number, number, number];
  /** Blocks between two restart markers; none if omitted. */
  readonly restartInterval?: number;
}

const COMPONENTS = [1, 2, 3];
/** With it, the first coefficient is the mean of the samples. */
const QUANTUM = 8;

/** A JPEG whose blocks are of one colour each, which encoders for cameras and shops do not write so plainly. */
export function flatJpeg({ columns, rows, precision, colour, restartInterval = 0 }: FlatJpeg): Buffer {
  const size = [u16(rows * 8), u16(columns * 8)].flat();
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xdb, [0, ...new Array<number>(64).fill(QUANTUM)]),
    // Baseline, or extended sequential, which has other precisions too.
    segment(precision === 8 ? 0xc0 : 0xc1, [
      ...[precision, ...size, COMPONENTS.length],
      ...COMPONENTS.flatMap((component) => [component, 0x11, 0]),
    ]),
    // 14 codes of 4 bits for the width of a difference; one code of 1 bit for the end of a block.
    segment(0xc4, [0x00, ...lengths(4, 14), ...Array.from({ length: 14 }, (_, at) => at)]),
    segment(0xc4, [0x10, ...lengths(1, 1), 0]),
    ...(restartInterval > 0 ? [segment(0xdd, u16(restartInterval))] : []),
    segment(0xda, [COMPONENTS.length, ...COMPONENTS.flatMap((component) => [component, 0x00]), 0, 63, 0]),
    scan({ columns, rows, precision, colour, restartInterval }),
    Buffer.from([0xff, 0xd9]),
  ]);
}

function scan({ columns, rows, precision, colour, restartInterval = 0 }: FlatJpeg): Buffer {
  const writer = new BitWriter((byte) => (byte === 0xff ? [0x00] : []));
  let before = [0, 0, 0];
  for (let block = 0; block < columns * rows; block += 1) {
    if (restartInterval > 0 && block > 0 && block % restartInterval === 0) {
      writer.fill(1).raw(0xff, 0xd0 + ((block / restartInterval - 1) % 8));
      before = [0, 0, 0];
    }
    const means = colour(block % columns, Math.floor(block / columns)).map(
      (value) => value - 2 ** (precision - 1),
    );
    for (const [at, mean] of means.entries()) {
      const difference = mean - before[at]!;
      const width = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
      const bits = difference < 0 ? difference + 2 ** width - 1 : difference;
      writer.put(width, 4).put(bits, width).put(0, 1);
    }
    before = means;
  }
  return writer.fill(1).result();
}

function segment(marker: number, content: readonly number[]): Buffer {
  return Buffer.from([0xff, marker, ...u16(content.length + 2), ...content]);
}

/** How many codes there are of each length from 1 to 16 bits. */
function lengths(bits: number, codes: number): number[] {
  return Array.from({ length: 16 }, (_, at) => (at === bits - 1 ? codes : 0));
}

function u16(value: number): number[] {
  return [value >> 8, value & 0xff];
}
