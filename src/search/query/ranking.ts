import type { AttributeValue } from '../../filters/index.ts';
import type { VectorMatch } from '../vector-index/vector-index.port.ts';
import { SEARCH_LIMITS } from './similar-images.ts';

/** The nearest images to a query. */
export interface Nearest {
  /** By descending score, ties by ascending id. */
  readonly matches: readonly VectorMatch[];
  /** Whether there are no others. */
  readonly complete: boolean;
  readonly exact: boolean;
}

/** Finds the nearest `k` images, up to 10,000; `within` restricts them to those with one of the values. */
export type FindNearest = (
  k: number,
  within?: { readonly attribute: string; readonly values: readonly AttributeValue[] },
) => Promise<Nearest>;

/** How many times as many are fetched when more are needed than there are. */
const GROWTH = 2;

/**
 * The images that a search has found, in the order in which they are shown. It only ever grows at its end, whatever
 * happens to the catalogue or is overlooked by one search and found by the next: so nobody who reads on sees an image
 * twice or misses one.
 */
export class Ranking {
  readonly matches: VectorMatch[] = [];
  /** Whether it will not grow any more. */
  complete = false;
  exact = true;
  readonly find: FindNearest;
  private readonly excluded: ReadonlySet<number>;
  private readonly seen: Set<number>;
  private wanted = 0;
  private growing: Promise<void> = Promise.resolve();

  constructor(find: FindNearest, excluded: readonly number[]) {
    this.find = find;
    this.excluded = new Set(excluded);
    this.seen = new Set(excluded);
  }

  /** Whether the image is one of those that are searched with. */
  excludes(id: number): boolean {
    return this.excluded.has(id);
  }

  /** Grows until it has so many matches or is complete. */
  async reach(count: number): Promise<void> {
    if (this.matches.length >= count || this.complete) return;
    // One after the other: two at the same time would add the same matches.
    const growing = this.growing.then(() => this.growTo(count));
    this.growing = growing.catch(() => undefined);
    await growing;
  }

  private async growTo(count: number): Promise<void> {
    const { depth } = SEARCH_LIMITS;
    while (this.matches.length < Math.min(count, depth) && !this.complete) {
      // Those that are excluded may be found as well.
      const needed = count + this.seen.size - this.matches.length;
      this.wanted = Math.min(Math.max(needed, this.wanted * GROWTH), depth);
      const { matches, complete, exact } = await this.find(this.wanted);
      this.exact &&= exact;
      for (const { id, score } of matches) {
        if (this.seen.has(id)) continue;
        this.seen.add(id);
        this.matches.push({ id, score });
      }
      this.complete = complete || this.wanted === depth;
    }
  }
}

/** Whether `a` comes before `b`: its score is higher or, if they are equal, its id is lower. */
export function precedes(a: VectorMatch, b: VectorMatch): boolean {
  return a.score > b.score || (a.score === b.score && a.id < b.id);
}
