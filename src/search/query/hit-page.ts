import type { Image } from '../../datasets/index.ts';
import type { Leader, Leaders } from './leaders.ts';
import { precedes } from './ranking.ts';
import type { VectorMatch } from '../vector-index/vector-index.port.ts';

/** A leader whose image still exists and still passes the filter. */
export interface FoundLeader {
  readonly leader: Leader;
  /** The number of leaders before it. */
  readonly at: number;
  readonly image: Image;
}

/**
 * Up to `count` leaders from the given one on, without those that have no image, and whether there are more.
 * `imagesOf` finds the images that may be shown.
 */
export async function readLeaders(
  leaders: Leaders,
  from: number,
  count: number,
  imagesOf: (some: readonly Leader[]) => Promise<ReadonlyMap<number, Image>>,
): Promise<{ found: FoundLeader[]; hasMore: boolean }> {
  const found: FoundLeader[] = [];
  for (let at = from; found.length <= count;) {
    // One more than there is room for, to know whether there are more.
    const missing = count + 1 - found.length;
    await leaders.reach(at + missing);
    const some = leaders.list.slice(at, at + missing);
    if (some.length === 0) break;
    const images = await imagesOf(some);
    for (const [nth, leader] of some.entries()) {
      const image = images.get(leader.id);
      if (image !== undefined) found.push({ leader, at: at + nth, image });
    }
    at += some.length;
  }
  return { found: found.slice(0, count), hasMore: found.length > count };
}

/**
 * The number of leaders that come before or are this match, in a search that has just begun. Asks for `needed` leaders
 * at once, and for more only if the match is not among them.
 */
export async function countUpTo(leaders: Leaders, last: VectorMatch, needed: number): Promise<number> {
  for (let reach = needed; ; reach *= 2) {
    await leaders.reach(reach);
    const next = leaders.list.findIndex((leader) => precedes(last, leader));
    if (next >= 0) return next;
    if (leaders.complete) return leaders.list.length;
  }
}
