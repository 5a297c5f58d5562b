import { HammingIndex } from './hamming-index.ts';

/** Hashes in an order that matters, as columns. */
export interface HashColumns {
  readonly high: Int32Array;
  readonly low: Int32Array;
}

export interface Leaders {
  /** For each hash, the position of its group's first; its own for the first itself. */
  readonly leader: Int32Array;
  /** Bits in which it differs from that. */
  readonly distance: Uint8Array;
}

/**
 * Puts hashes into groups, each around its first member. A hash joins the nearest leader within
 * `maxDistance`, of equally near ones the earliest; where there is none it leads a new group.
 *
 * So all members are within the distance of their leader, and leaders are farther than it from one
 * another. Joining whatever is near to any member would find more, but chains: in a large catalogue
 * it ends with pictures in one group that have nothing in common.
 */
export function groupAroundLeaders({ high, low }: HashColumns, maxDistance: number): Leaders {
  const count = high.length;
  const leader = new Int32Array(count);
  const distance = new Uint8Array(count);
  const leaders = new Int32Array(count);
  const index = new HammingIndex(maxDistance, count);
  let led = 0;
  for (let at = 0; at < count; at += 1) {
    const [a, b] = [high[at] ?? 0, low[at] ?? 0];
    const nearest = index.nearest(a, b);
    if (nearest >= 0) {
      leader[at] = leaders[nearest] ?? at;
      distance[at] = index.distance;
    } else {
      leader[at] = at;
      leaders[led] = at;
      led += 1;
      index.add(a, b);
    }
  }
  return { leader, distance };
}
