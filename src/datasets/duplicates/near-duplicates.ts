import { HammingIndex } from './hamming-index.ts';
import { Separation, type Pairs } from './separation.ts';

/** Hashes as columns, in a significant order. */
export interface HashColumns {
  readonly high: Int32Array;
  readonly low: Int32Array;
  /** The positions of hashes that may not be in one group. */
  readonly apart?: Pairs;
}

export interface Leaders {
  /** For each hash, the position of the first member of its group, which may be its own. */
  readonly leader: Int32Array;
  /** For each hash, the number of bits in which it differs from that member. */
  readonly distance: Uint8Array;
}

/**
 * Groups hashes around leaders. A hash joins the nearest leader within `maxDistance`, or the earliest
 * of several equally near ones. If there is none, it becomes the leader of a new group. A group with a
 * member from which the hash has to be kept apart does not count.
 *
 * All members are thus within that distance of their leader, and leaders are farther apart from each
 * other. Joining a hash to any near member would find more duplicates, but it forms chains: in a large
 * catalogue, pictures that have nothing in common would end up in one group.
 */
export function groupAroundLeaders(
  { high, low, apart = new Map() }: HashColumns,
  maxDistance: number,
): Leaders {
  const count = high.length;
  const leader = new Int32Array(count);
  const distance = new Uint8Array(count);
  const leaders = new Int32Array(count);
  const index = new HammingIndex(maxDistance, count);
  const separation = new Separation(apart);
  let led = 0;
  for (let at = 0; at < count; at += 1) {
    const [a, b] = [high[at] ?? 0, low[at] ?? 0];
    const accepts = apart.has(at) ? (group: number) => separation.accepts(group, at) : undefined;
    const nearest = index.nearest(a, b, accepts);
    separation.join(nearest >= 0 ? nearest : led, at);
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
