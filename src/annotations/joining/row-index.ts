import type { RowPlace } from '../reading/row-reader.ts';
import type { Term } from '../reading/row.ts';
import { textHash } from './text-hash.ts';

const SEGMENT_ROWS = 64 * 1024;
const MAX_DISTANCE = 2 ** 32 - 1;
const FILTER_BITS = 20;

interface Segment {
  readonly list: string;
  /** Offset of the first row. */
  readonly base: number;
  rows: number;
  /** For each row, its distance from the first one in bytes. */
  readonly distances: Uint32Array;
  /** For each row, the hash of its image id. */
  readonly hashes: Uint32Array;
}

/**
 * Remembers where each row of a file begins, and a hash of its image id, in eight bytes per row, so that
 * a later pass reads only the rows of the images it wants.
 */
export class RowIndex {
  private readonly segments: Segment[] = [];

  add(list: string, offset: number, id: Term): void {
    let segment = this.segments.at(-1);
    if (segment?.list !== list || segment.rows === SEGMENT_ROWS || offset - segment.base > MAX_DISTANCE) {
      segment = {
        list,
        base: offset,
        rows: 0,
        distances: new Uint32Array(SEGMENT_ROWS),
        hashes: new Uint32Array(SEGMENT_ROWS),
      };
      this.segments.push(segment);
    }
    segment.distances[segment.rows] = offset - segment.base;
    segment.hashes[segment.rows] = hashOf(id);
    segment.rows += 1;
  }

  /** The places of all rows that may be about one of the ids, in file order; of all rows if `ids` is null. */
  *places(ids: IdFilter | null, list?: string): Generator<RowPlace, void, undefined> {
    for (const segment of this.segments) {
      if (list !== undefined && segment.list !== list) continue;
      for (let row = 0; row < segment.rows; row += 1) {
        if (ids !== null && !ids.mayHave(segment.hashes[row]!)) continue;
        yield { list: segment.list, offset: segment.base + segment.distances[row]! };
      }
    }
  }
}

/** A set of ids that may report an id it does not contain, but never misses one that it does. */
export class IdFilter {
  private readonly bits = new Uint8Array(1 << FILTER_BITS);

  add(id: Term): void {
    this.bits[hashOf(id) >>> (32 - FILTER_BITS)] = 1;
  }

  mayHave(hash: number): boolean {
    return this.bits[hash >>> (32 - FILTER_BITS)] === 1;
  }
}

/** An evenly distributed hash of 32 bits: MurmurHash3's finaliser of the number, or of FNV-1a of the string. */
function hashOf(id: Term): number {
  let hash = typeof id === 'number' ? id | 0 : textHash(id);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
