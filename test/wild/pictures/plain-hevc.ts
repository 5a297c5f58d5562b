import { BitWriter } from './bits.ts';

/** Of a block: brightness, and the two differences of colour, from 0 to 255. */
export type Colour = readonly [number, number, number];

/** A picture of HEVC as the parts that a container wants. */
export interface PlainHevc {
  readonly vps: Buffer;
  readonly sps: Buffer;
  readonly pps: Buffer;
  readonly slice: Buffer;
}

/** Pixels of a block in each direction. */
export const BLOCK = 16;
const LEVEL = 180;

/**
 * A picture of blocks of 16 × 16 pixels of one colour each, in HEVC (ITU-T H.265). Its samples are written as they are
 * (pulse code modulation), so that no transformation and next to no arithmetic coding is needed.
 */
export function plainHevc(
  columns: number,
  rows: number,
  colour: (column: number, row: number) => Colour,
): PlainHevc {
  return {
    vps: nal(32, videoParameters()),
    sps: nal(33, sequenceParameters(columns * BLOCK, rows * BLOCK)),
    pps: nal(34, pictureParameters()),
    slice: nal(19, sliceOf(columns, rows, colour)),
  };
}

/** What the level of profiles and tiers says, for the "Main Still Picture" profile. */
const PROFILE: readonly (readonly [number, number])[] = [
  [3, 8],
  [0x70000000, 32],
  [0b1001, 4],
  [0, 32],
  [0, 12],
  [LEVEL, 8],
];

function videoParameters(): Buffer {
  const bits = new Syntax().u(0, 4).u(0b11, 2).u(0, 6).u(0, 3).u(1, 1).u(0xffff, 16);
  bits.all(PROFILE).u(1, 1).ue(0).ue(0).ue(0);
  return bits.u(0, 6).ue(0).u(0, 1).u(0, 1).end();
}

function sequenceParameters(width: number, height: number): Buffer {
  const bits = new Syntax().u(0, 4).u(0, 3).u(1, 1).all(PROFILE);
  bits.ue(0).ue(1).ue(width).ue(height).u(0, 1);
  // 8 bits; one picture; coding blocks of 16 pixels, transform blocks of 4 to 16.
  bits.ue(0).ue(0).ue(0).u(1, 1).ue(0).ue(0).ue(0).ue(1).ue(0).ue(0).ue(2).ue(0).ue(0);
  // No scaling lists, asymmetric motion or sample-adaptive offset; samples of 8 bits as they are.
  bits.u(0, 1).u(0, 1).u(0, 1).u(1, 1).u(7, 4).u(7, 4).ue(1).ue(0).u(1, 1);
  return bits.ue(0).u(0, 1).u(0, 1).u(0, 1).u(0, 1).u(0, 1).end();
}

function pictureParameters(): Buffer {
  const bits = new Syntax().ue(0).ue(0).u(0, 1).u(0, 1).u(0, 3).u(0, 1).u(0, 1).ue(0).ue(0).ue(0);
  bits.u(0, 1).u(0, 1).u(0, 1).ue(0).ue(0).u(0, 1).u(0, 1).u(0, 1).u(0, 1).u(0, 1).u(0, 1).u(0, 1);
  // No deblocking.
  bits.u(1, 1).u(0, 1).u(1, 1);
  return bits.u(0, 1).u(0, 1).ue(0).u(0, 1).u(0, 1).end();
}

function sliceOf(columns: number, rows: number, colour: (column: number, row: number) => Colour): Buffer {
  const header = new Syntax().u(1, 1).u(0, 1).ue(0).ue(2).ue(0).end();
  const blocks: Buffer[] = [];
  const count = columns * rows;
  for (let block = 0; block < count; block += 1) {
    blocks.push(beginBlock(block));
    const [luma, ...chroma] = colour(block % columns, Math.floor(block / columns));
    blocks.push(Buffer.alloc(BLOCK * BLOCK, luma));
    for (const value of chroma) blocks.push(Buffer.alloc((BLOCK * BLOCK) / 4, value));
  }
  return Buffer.concat([header, ...blocks, arithmetic((code) => code.terminate(1))]);
}

/** "The slice goes on", except before the first block; "one part"; "samples follow". */
function beginBlock(block: number): Buffer {
  return arithmetic((code) => {
    if (block > 0) code.terminate(0);
    code.probable(block);
    code.terminate(1);
  });
}

/**
 * What the range of the arithmetic coder loses, if it is between 448 and 510, with the n-th bit in a row that is as
 * expected. (Table 9-46, the last column)
 */
const LOSSES = [
  ...[240, 227, 216, 205, 195, 185, 175, 166, 158, 150, 142, 135, 128, 122, 116, 110, 104, 99, 94, 89, 85],
  ...[80, 76, 72, 69, 65, 62, 59, 56, 53, 50, 48, 45, 43, 41, 39, 37, 35, 33, 31, 30, 28, 27, 26, 24, 23],
  ...[22, 21, 20, 19, 18, 17, 16, 15, 14, 14, 13, 12, 12, 11, 11, 10, 9],
];

class ArithmeticCode {
  private range = 510;
  private low = 0;

  probable(earlier: number): void {
    this.range -= LOSSES[Math.min(earlier, LOSSES.length - 1)]!;
  }

  terminate(bit: 0 | 1): void {
    this.range -= 2;
    if (bit === 1) this.low += this.range;
  }

  /** The ten bits of `low`, without the first one, which is always 0, and with the mark of the end. */
  flush(): Buffer {
    return new BitWriter()
      .put((this.low >> 1) & 0xff, 8)
      .put((this.low & 1) | 0, 1)
      .put(1, 1)
      .fill(0)
      .result();
  }
}

function arithmetic(write: (code: ArithmeticCode) => void): Buffer {
  const code = new ArithmeticCode();
  write(code);
  return code.flush();
}

/** Numbers as the standard writes them. */
class Syntax {
  private readonly bits = new BitWriter();

  u(value: number, width: number): this {
    this.bits.put(value, width);
    return this;
  }

  /** In an Exp-Golomb code. */
  ue(value: number): this {
    const width = Math.floor(Math.log2(value + 1));
    this.bits.put(0, width).put(value + 1, width + 1);
    return this;
  }

  all(numbers: readonly (readonly [number, number])[]): this {
    for (const [value, width] of numbers) this.u(value, width);
    return this;
  }

  end(): Buffer {
    return this.bits.put(1, 1).fill(0).result();
  }
}

/** With a byte 3 wherever the content would look like the beginning of another unit. */
function nal(type: number, content: Buffer): Buffer {
  const bytes = [type << 1, 1];
  let zeros = 0;
  for (const byte of content) {
    if (zeros >= 2 && byte <= 3) {
      bytes.push(3);
      zeros = 0;
    }
    bytes.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return Buffer.from(bytes);
}
