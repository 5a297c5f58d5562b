import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Leaders } from './leaders.ts';

const KEPT_MS = 15 * 60 * 1000;
const MAX_BYTES = 64 * 1024 * 1024;
/** A generous estimate of what one match takes, with its entries in sets. */
const MATCH_BYTES = 200;
/** The vectors of the query and everything else, except its filter. */
const SEARCH_BYTES = 16 * 1024;
/** Per character of a filter or a group, in JSON. */
const CHARACTER_BYTES = 4;

export interface Kept {
  /** Identifies what is searched for. */
  readonly question: string;
  readonly leaders: Leaders;
  /** The length of the filter in JSON, which the ranking holds. */
  readonly characters: number;
}

/** Keeps what searches have found so far, in memory, so that their next pages continue there. */
@Injectable()
export class KeptSearches {
  private readonly searches = new LRUCache<string, Kept>({
    maxSize: MAX_BYTES,
    ttl: KEPT_MS,
    sizeCalculation: ({ leaders, characters }) =>
      SEARCH_BYTES +
      MATCH_BYTES * leaders.ranking.matches.length +
      CHARACTER_BYTES * (characters + leaders.characters),
  });

  /** Undefined if it is no longer kept. */
  find(token: string, question: string): Leaders | undefined {
    const kept = this.searches.get(token);
    return kept?.question === question ? kept.leaders : undefined;
  }

  /** Returns the name under which it is kept: the given one if it is kept already. */
  keep(kept: Kept, token = randomBytes(12).toString('base64url')): string {
    this.searches.set(token, kept);
    return token;
  }

  /** Takes into account that the search has grown, if it is still kept. */
  measure(token: string): void {
    const kept = this.searches.peek(token);
    // The cache measures only what is new to it.
    if (kept !== undefined) this.searches.set(token, { ...kept }, { noUpdateTTL: true });
  }

  forget(token: string): void {
    this.searches.delete(token);
  }
}
