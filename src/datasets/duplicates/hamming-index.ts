import { bitsOf } from './perceptual-hash.ts';

/** A table with more than 2^22 entries is not worth its memory. */
const MAX_PIECE_BITS = 22;
const HASH_BITS = 64;

interface Piece {
  readonly offset: number;
  readonly bits: number;
  /** All bit patterns by which a piece may differ within its radius. */
  readonly masks: Uint32Array;
  /** The last hash added for each value of the piece, and for each hash the one before it; -1 for none. */
  readonly heads: Int32Array;
  readonly previous: Int32Array;
}

/**
 * Finds the nearest of many 64-bit hashes within a Hamming distance, exactly: multi-index hashing
 * (M. Norouzi, A. Punjani, D. Fleet, "Fast Search in Hamming Space with Multi-Index Hashing",
 * CVPR 2012; arXiv:1307.2982). The bits are split into m pieces, each with a table. Two hashes within
 * d = m·a + b of each other have one of the first b + 1 pieces within a, or one of the others within
 * a - 1, so it is enough to look up those few values in the tables.
 *
 * m is chosen to minimise the estimated cost of a look-up for the number of hashes. If no m is cheaper
 * than comparing all hashes, all are compared.
 */
export class HammingIndex {
  /** The number of bits in which the last result of `nearest` differs. */
  distance = 0;

  private readonly maxDistance: number;
  private readonly high: Int32Array;
  private readonly low: Int32Array;
  private readonly pieces: readonly Piece[];
  private count = 0;

  /** `pieces` is m, 3 to 16, or 0 to compare all hashes. Tests set it. */
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

  /** Adds a hash. Hashes are numbered from 0. */
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

  /**
   * The number of the nearest hash, or the first of several equally near ones; -1 if none is near enough.
   * Hashes that `accepts` refuses are skipped.
   */
  nearest(high: number, low: number, accepts?: (candidate: number) => boolean): number {
    let nearest = -1;
    this.distance = this.maxDistance + 1;
    const compare = (candidate: number) => {
      const distance = bitsOf((this.high[candidate] ?? 0) ^ high) + bitsOf((this.low[candidate] ?? 0) ^ low);
      if (distance > this.distance || (distance === this.distance && candidate > nearest)) return;
      if (distance > this.maxDistance || accepts?.(candidate) === false) return;
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

/** The radius of a piece: a for the first b + 1 pieces, a - 1 for the others. A piece with -1 is not searched. */
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

/** All words of this many bits with at most `radius` bits set, those with fewer first. */
function masksWithin(bits: number, radius: number): Uint32Array {
  const masks: number[] = [];
  let level = radius < 0 ? [] : [0];
  for (let set = 0; set <= radius; set += 1) {
    masks.push(...level);
    const next: number[] = [];
    for (const mask of level) {
      // Only bits above the highest that is set, so that each word appears once.
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
