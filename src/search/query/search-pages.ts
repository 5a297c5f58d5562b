import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DuplicatesService, ImagesService } from '../../datasets/index.ts';
import { cursorExpired } from '../search.errors.ts';
import type { VectorMatch } from '../vector-index/vector-index.port.ts';
import { countUpTo, type FoundLeader } from './hit-page.ts';
import { KeptSearches } from './kept-searches.ts';
import { AllLeaders, DistinctLeaders, GroupLeaders, type Leaders } from './leaders.ts';
import { decodeCursor, encodeCursor, tokenIn } from './page-cursor.ts';
import { precedes, Ranking } from './ranking.ts';
import type { Question } from './search-pictures.ts';
import type { SearchScope } from './search-scope.ts';
import { SEARCH_LIMITS, type SimilarImagesQuery } from './similar-images.ts';

/** A search, and where its page begins. */
export interface SearchPage {
  readonly leaders: Leaders;
  /** The number of leaders before the page. */
  readonly from: number;
  /** The number of hits before the page. */
  readonly shown: number;
  /** The hit that comes last of those before the page; undefined on the first one. */
  readonly last: VectorMatch | undefined;
  readonly question: string;
  readonly scope: string;
  /** The name of the search if it is kept. */
  readonly token: string | undefined;
}

/**
 * Continues searches where a page has ended.
 *
 * What a search has found is kept in memory, and the next page continues there. If it is no longer kept, because the
 * process has been restarted or another one answers, the search is repeated, and what comes after the last hit by
 * score and id is the next page.
 */
@Injectable()
export class SearchPages {
  constructor(
    private readonly images: ImagesService,
    private readonly duplicates: DuplicatesService,
    private readonly kept: KeptSearches,
  ) {}

  /** `begin` makes the ranking, unless it is kept. Rejects with `CURSOR_INVALID` and `CURSOR_EXPIRED`. */
  async open(
    query: SimilarImagesQuery,
    question: Question,
    { indexes }: SearchScope,
    begin: () => Promise<Ranking>,
  ): Promise<SearchPage> {
    const keys = { question: questionKey(query, question), scope: digest(indexes.map(({ name }) => name)) };
    if (query.after === undefined) {
      const leaders = this.leadersOf(await begin(), query);
      return { leaders, from: 0, shown: 0, last: undefined, token: undefined, ...keys };
    }
    const { token, leaders: before, shown, last, scope } = decodeCursor(query.after, keys.question);
    const kept = this.kept.find(token, keys.question);
    if (kept !== undefined) return { leaders: kept, from: before, shown, last, token, ...keys, scope };
    // Under another model, or among other datasets, the scores mean something else.
    if (scope !== keys.scope) throw cursorExpired();
    const leaders = this.leadersOf(await begin(), query);
    return {
      leaders,
      from: await countUpTo(leaders, last, before),
      shown,
      last,
      token: undefined,
      ...keys,
    };
  }

  /** The cursors of the hits of a page, in order. Keeps the search if there are more hits. */
  close(page: SearchPage, found: readonly FoundLeader[], hasMore: boolean): string[] {
    const { leaders, question, scope, shown } = page;
    const token = hasMore ? this.kept.keep(leaders, question, page.token) : (page.token ?? '');
    let { last } = page;
    return found.map(({ leader, at }, nth) => {
      if (last === undefined || precedes(last, leader)) last = { id: leader.id, score: leader.score };
      // A search that is repeated after deletions may find more hits than the first one could show.
      const before = Math.min(shown + nth + 1, SEARCH_LIMITS.depth);
      return encodeCursor({ token, leaders: at + 1, shown: before, last, question, scope });
    });
  }

  /** Forgets the search that a cursor belongs to, since its index is gone. */
  forget(cursor: string): void {
    const token = tokenIn(cursor);
    if (token !== undefined) this.kept.forget(token);
  }

  private leadersOf(ranking: Ranking, { collapseDuplicates, groupBy }: SimilarImagesQuery): Leaders {
    if (groupBy !== undefined) return new GroupLeaders(ranking, this.images, groupBy.attribute);
    return collapseDuplicates === true
      ? new DistinctLeaders(ranking, this.images, this.duplicates)
      : new AllLeaders(ranking);
  }
}

/** Covers everything that decides which hits come in which order. */
function questionKey(query: SimilarImagesQuery, { key }: Question): string {
  const { datasetIds, filter, minScore, collapseDuplicates = false, groupBy } = query;
  const datasets = datasetIds?.toSorted((a, b) => a - b) ?? null;
  return digest([
    key,
    datasets,
    filter ?? null,
    minScore ?? null,
    collapseDuplicates,
    groupBy?.attribute ?? null,
  ]);
}

function digest(parts: unknown): string {
  return hash('sha256', JSON.stringify(parts), 'base64url').slice(0, 16);
}
