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
import { ReadAhead } from './read-ahead.ts';
import type { Question } from './search-pictures.ts';
import type { SearchScope } from './search-scope.ts';
import { SEARCH_LIMITS, type SimilarImagesQuery } from './similar-images.ts';

interface SearchKeys {
  /** Equal for pages of the same question. */
  readonly question: string;
  /** Equal if the same indexes answer. */
  readonly scope: string;
  /** The length of the filter in JSON. */
  readonly characters: number;
}

/** A search, and where its page begins. */
export interface SearchPage {
  readonly leaders: Leaders;
  /** The number of leaders before the page. */
  readonly from: number;
  /** The number of hits before the page. */
  readonly shown: number;
  /** The hit that comes last of those before the page; undefined on the first one. */
  readonly last: VectorMatch | undefined;
  /** What its cursors belong to. Computed only if it is needed. */
  readonly keys: () => SearchKeys;
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
    private readonly ahead: ReadAhead,
  ) {}

  /** `begin` makes the ranking, unless it is kept. Rejects with `CURSOR_INVALID` and `CURSOR_EXPIRED`. */
  async open(
    query: SimilarImagesQuery,
    question: Question,
    { indexes }: SearchScope,
    begin: () => Promise<Ranking>,
  ): Promise<SearchPage> {
    const scopeKey = () => digest(indexes.map(({ name }) => name));
    const characters = () => (query.filter === undefined ? 0 : JSON.stringify(query.filter).length);
    if (query.after === undefined) {
      const leaders = this.leadersOf(await begin(), query);
      const keys = () => ({
        question: questionKey(query, question),
        scope: scopeKey(),
        characters: characters(),
      });
      return { leaders, from: 0, shown: 0, last: undefined, token: undefined, keys };
    }
    const asked = questionKey(query, question);
    const { token, leaders: before, shown, last, scope } = decodeCursor(query.after, asked);
    const keys = () => ({ question: asked, scope, characters: characters() });
    const kept = this.kept.find(token, asked);
    if (kept !== undefined) return { leaders: kept, from: before, shown, last, token, keys };
    // Under another model, or among other datasets, the scores mean something else.
    if (scope !== scopeKey()) throw cursorExpired();
    const leaders = this.leadersOf(await begin(), query);
    const from = await countUpTo(leaders, last, before + query.k + 1);
    return { leaders, from, shown, last, token: undefined, keys };
  }

  /**
   * Makes the cursors of the hits of a page, by their places on it. If there are more hits, the search is kept once a
   * client reads a cursor: most never ask for one.
   */
  close(page: SearchPage, found: readonly FoundLeader[], hasMore: boolean): (nth: number) => string {
    if (hasMore && page.token !== undefined) this.prolong(page, found, page.token);
    let cursors: string[] | undefined;
    return (nth) => (cursors ??= this.cursorsOf(page, found, hasMore))[nth]!;
  }

  private cursorsOf(page: SearchPage, found: readonly FoundLeader[], hasMore: boolean): string[] {
    const { shown } = page;
    const { question, scope } = page.keys();
    const token = page.token ?? (hasMore ? this.keep(page) : '');
    let { last } = page;
    return found.map(({ leader, at }, nth) => {
      if (last === undefined || precedes(last, leader)) last = { id: leader.id, score: leader.score };
      // A search that is repeated after deletions may find more hits than the first one could show.
      const before = Math.min(shown + nth + 1, SEARCH_LIMITS.depth);
      return encodeCursor({ token, leaders: at + 1, shown: before, last, question, scope });
    });
  }

  /**
   * Keeps a search for longer, and extends it to the next page in the background. Clients that have come to a second
   * page usually want another one; those that have seen only the first do not, so nothing is done for them.
   */
  private prolong(page: SearchPage, found: readonly FoundLeader[], token: string): void {
    this.keep(page, token);
    const next = (found.at(-1)?.at ?? 0) + 1;
    // One more than the page shows, to know whether there are more.
    this.ahead.start(page.leaders, next + found.length + 1, () => this.kept.measure(token));
  }

  private keep({ leaders, keys }: SearchPage, token?: string): string {
    const { question, characters } = keys();
    return this.kept.keep({ leaders, question, characters }, token);
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
function questionKey(query: SimilarImagesQuery, question: Question): string {
  const { datasetIds, filter, minScore, minConfidence, collapseDuplicates = false, groupBy } = query;
  const datasets = datasetIds?.toSorted((a, b) => a - b) ?? null;
  return digest([
    question.key(),
    datasets,
    filter ?? null,
    minScore ?? null,
    collapseDuplicates,
    groupBy?.attribute ?? null,
    ...(minConfidence === undefined ? [] : [minConfidence]),
  ]);
}

function digest(parts: unknown): string {
  return hash('sha256', JSON.stringify(parts), 'base64url').slice(0, 16);
}
