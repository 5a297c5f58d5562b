import { bitsOf } from './perceptual-hash.ts';

/** A table larger than 2^22 heads no longer pays for its memory. */
const MAX_PIECE_BITS = 22;
const HASH_BITS = 64;

interface Piece {
  readonly offset: number;
  readonly bits: number;
  /** Everything a piece may be changed by to be within its radius. */
  readonly masks: Uint32Array;
  /** By the value of the piece, the hash added last that has it, and from each hash to the one before; -1 for none. */
  readonly heads: Int32Array;
  readonly previous: Int32Array;
}

/**
 * Finds the nearest of many 64-bit hashes within a Hamming distance, exactly: multi-index hashing
 * (M. Norouzi, A. Punjani, D. Fleet, "Fast Search in Hamming Space with Multi-Index Hashing",
 * CVPR 2012; arXiv:1307.2982). The bits are cut into m pieces, each with a table. Two hashes within
 * d = m·a + b of one another have one of the first b + 1 pieces within a, or one of the others
 * within a - 1: so looking into the tables at those few places misses none.
 *
 * m is chosen by what a look-up would cost among so many hashes; where no m beats comparing all,
 * all are compared.
 */
export class HammingIndex {
  /** What `nearest` found last: in how many bits it differs. */
  distance = 0;

  private readonly maxDistance: number;
  private readonly high: Int32Array;
  private readonly low: Int32Array;
  private readonly pieces: readonly Piece[];
  private count = 0;

  /** `pieces`: m, 3 to 16, or 0 to compare all; for tests. */
  constructor(maxDistance: number, capacity: number, pieces = cheapestPieces(maxDistance, capacity)) {
    this.maxDistance = maxDistance;
    this.high = new Int32Array(capacity);
    this.low = new Int32Array(capacity);
    this.pieces = widthsOf(pieces).map((bits, at, widths) => ({
      offset: widths.slice(0, at).reduce((sum, width) => sum + width, 0),
      bits,
      masks: masksWithin(bits, radiusOf(maxDistance, pieces, at)),
      heads: new Int32Array(2 ** bits).fill(-1),
      previous: new Int32Array(capacity),
    }));
  }

  /** Adds a hash; they are numbered from 0. */
  add(high: number, low: number): void {
    const added = this.count;
    this.high[added] = high;
    this.low[added] = low;
    for (const { offset, bits, heads, previous } of this.pieces) {
      const value = pieceOf(high, low, offset, bits);
      previous[added] = heads[value] ?? -1;
      heads[value] = added;
    }
    this.count += 1;
  }

  /** The number of the nearest hash, of equally near ones the first; -1 where none is near enough. */
  nearest(high: number, low: number): number {
    let nearest = -1;
    this.distance = this.maxDistance + 1;
    const compare = (candidate: number) => {
      const distance = bitsOf((this.high[candidate] ?? 0) ^ high) + bitsOf((this.low[candidate] ?? 0) ^ low);
      if (distance > this.distance || (distance === this.distance && candidate > nearest)) return;
      if (distance > this.maxDistance) return;
      nearest = candidate;
      this.distance = distance;
    };
    if (this.pieces.length === 0) {
      for (let candidate = 0; candidate < this.count; candidate += 1) compare(candidate);
      return nearest;
    }
    for (const { offset, bits, masks, heads, previous } of this.pieces) {
      const value = pieceOf(high, low, offset, bits);
      for (const mask of masks) {
        let candidate = heads[value ^ mask] ?? -1;
        for (; candidate >= 0; candidate = previous[candidate] ?? -1) compare(candidate);
      }
    }
    return nearest;
  }
}

function widthsOf(pieces: number): number[] {
  return Array.from({ length: pieces }, (_piece, at) => Math.floor((HASH_BITS + at) / pieces));
}

/** How far the piece may differ: a for the first b + 1 pieces, a - 1 (nothing, where that is -1) for the others. */
function radiusOf(maxDistance: number, pieces: number, at: number): number {
  const whole = Math.floor(maxDistance / pieces);
  return at <= maxDistance % pieces ? whole : whole - 1;
}

function cheapestPieces(maxDistance: number, capacity: number): number {
  let [cheapest, least] = [0, capacity];
  for (let pieces = Math.ceil(HASH_BITS / MAX_PIECE_BITS); pieces <= 16; pieces += 1) {
    const cost = widthsOf(pieces).reduce((sum, bits, at) => {
      const places = countWithin(bits, radiusOf(maxDistance, pieces, at));
      return sum + places * (1 + capacity / 2 ** bits);
    }, 0);
    if (cost < least) [cheapest, least] = [pieces, cost];
  }
  return cheapest;
}

function countWithin(bits: number, radius: number): number {
  let [count, ofThese] = [0, 1];
  for (let set = 0; set <= radius; set += 1) {
    count += ofThese;
    ofThese = (ofThese * (bits - set)) / (set + 1);
  }
  return count;
}

/** All words of so many bits of which at most `radius` are set, those with fewer first. */
function masksWithin(bits: number, radius: number): Uint32Array {
  const masks: number[] = [];
  let level = radius < 0 ? [] : [0];
  for (let set = 0; set <= radius; set += 1) {
    masks.push(...level);
    const next: number[] = [];
    for (const mask of level) {
      // Only bits above the highest that is set, so that each word comes once.
      for (let bit = 32 - Math.clz32(mask); bit < bits; bit += 1) next.push(mask | (1 << bit));
    }
    level = next;
  }
  return Uint32Array.from(masks);
}

function pieceOf(high: number, low: number, offset: number, bits: number): number {
  const mask = 2 ** bits - 1;
  if (offset >= 32) return (high >>> (offset - 32)) & mask;
  if (offset + bits <= 32) return (low >>> offset) & mask;
  return ((low >>> offset) | (high << (32 - offset))) & mask;
}
