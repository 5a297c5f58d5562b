import { MULTIPLY_CODE } from './multiply-code.ts';

// Only erasable TypeScript: worker threads run this file from source.

/** The part of WebAssembly that is used here; Node's types do not describe it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer };
};

/** What `wasm/multiply.ts` exports. Addresses are in bytes. */
interface MultiplyFunctions {
  readonly pack: (rows: number, length: number, from: number, to: number) => void;
  readonly multiply: (
    lefts: number,
    rights: number,
    length: number,
    left: number,
    packed: number,
    product: number,
  ) => void;
}

/** The longest rows that fit into a block. */
export const MOST_NUMBERS = 8_192;
const PAGE_BYTES = 65_536;
/** Of the memory, in numbers: a block on each side fits into the processor's second cache. */
const [LEFT_NUMBERS, RIGHT_NUMBERS] = [4 * MOST_NUMBERS, 8 * MOST_NUMBERS];
/** Of a block. Multiples of 4. */
const [MOST_LEFTS, MOST_RIGHTS] = [128, 512];
const LEFT = 0;
const RIGHT = LEFT_NUMBERS;
const PACKED = RIGHT + RIGHT_NUMBERS;
const PRODUCT = PACKED + RIGHT_NUMBERS;
const END = PRODUCT + MOST_LEFTS * MOST_RIGHTS;
const BYTES = Float64Array.BYTES_PER_ELEMENT;

type BlockMultiplier = (
  left: Float64Array,
  right: Float64Array,
  length: number,
  product: Float64Array,
) => void;

let made: BlockMultiplier | undefined;

/** Multiplies rows as `multiplyRows` does, block by block with vector instructions. One instance per thread. */
export function blockMultiplier(): BlockMultiplier {
  return (made ??= makeMultiplier());
}

function makeMultiplier(): BlockMultiplier {
  const memory = new WebAssembly.Memory({ initial: Math.ceil((END * BYTES) / PAGE_BYTES) });
  const module = new WebAssembly.Module(Buffer.from(MULTIPLY_CODE, 'base64'));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const { pack, multiply } = exports as MultiplyFunctions;
  const numbers = new Float64Array(memory.buffer);
  /** Copies rows into the memory, with rows of zeros up to a multiple of 4. Returns how many there are then. */
  const copy = (rows: Float64Array, length: number, to: number) => {
    const padded = 4 * Math.ceil(rows.length / length / 4);
    numbers.set(rows, to);
    numbers.fill(0, to + rows.length, to + padded * length);
    return padded;
  };
  return (left, right, length, product) => {
    const rights = right.length / length;
    const rightStep = Math.min(MOST_RIGHTS, 4 * Math.floor(RIGHT_NUMBERS / length / 4));
    const leftStep = Math.min(MOST_LEFTS, 4 * Math.floor(LEFT_NUMBERS / length / 4));
    for (let column = 0; column < rights; column += rightStep) {
      const some = right.subarray(column * length, (column + rightStep) * length);
      const width = copy(some, length, RIGHT);
      pack(width, length, RIGHT * BYTES, PACKED * BYTES);
      const columns = some.length / length;
      for (let row = 0; row * length < left.length; row += leftStep) {
        const block = left.subarray(row * length, (row + leftStep) * length);
        const height = copy(block, length, LEFT);
        multiply(height, width, length, LEFT * BYTES, PACKED * BYTES, PRODUCT * BYTES);
        for (let at = 0; at < block.length / length; at += 1) {
          const from = PRODUCT + at * width;
          product.set(numbers.subarray(from, from + columns), (row + at) * rights + column);
        }
      }
    }
  };
}
