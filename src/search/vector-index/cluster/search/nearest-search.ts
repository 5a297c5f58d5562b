import { assertVectorUsable } from '../../validate-vector.ts';
import type { VectorMatch, VectorQuery, VectorSearchResult } from '../../vector-index.port.ts';
import type { ClusterSession } from '../cluster-session.ts';
import { cosineOf, routingOf } from '../documents/documents.ts';
import { shortDecimals } from '../documents/short-decimals.ts';
import type { OwnIndex } from '../indexes/index-record.ts';
import { filterQuery } from './filter-query.ts';
import { impliedLabels } from './implied-labels.ts';
import { MAX_CANDIDATES, searchEffort } from './search-effort.ts';

/** All shards are searched if the routing is longer: both engines limit the first line of a request to 4 KB. */
const LONGEST_ROUTING = 1_000;

/** Finds the entries of an index that are nearest to a vector, usually by walking its graph. */
export class NearestSearch {
  private readonly session: ClusterSession;
  private readonly recall: number;

  /** `recall` is the share of the true neighbours that a search is to find, 0 to 1. */
  constructor(session: ClusterSession, recall: number) {
    this.session = session;
    this.recall = recall;
  }

  async findNearest(name: string, query: VectorQuery): Promise<VectorSearchResult> {
    const signal = AbortSignal.timeout(this.session.timeoutMs);
    const index = await this.session.indexOf(name, signal);
    assertVectorUsable(name, query.vector, index.record.dimension);
    if (labelsOf(query)?.length === 0) return { matches: [], exact: true };
    // One hit more than requested reveals whether others have the same score as the last one.
    const first = Math.min(query.k + 1, MAX_CANDIDATES);
    for (let wanted = first; ; wanted = Math.min(wanted * 2, MAX_CANDIDATES)) {
      const { matches, exact } = await this.findUpTo(wanted, index, query, signal);
      const isTied = matches[query.k - 1]?.score === matches.at(-1)?.score;
      if (!isTied || matches.length < wanted || wanted === MAX_CANDIDATES) {
        return { matches: matches.slice(0, query.k), exact };
      }
    }
  }

  /** The nearest entries in order of rank. They are fewer than `wanted` only if no more match. */
  private async findUpTo(
    wanted: number,
    index: OwnIndex,
    query: VectorQuery,
    signal: AbortSignal,
  ): Promise<{ matches: VectorMatch[]; exact: boolean }> {
    const { candidates } = searchEffort(this.recall, wanted);
    const filter = queryOf(query, index);
    const { name } = index.record;
    const found = await this.walkGraph(index, query, { wanted, candidates, filter, signal });
    if (found.length === wanted) return { matches: found, exact: false };
    // The walk may have missed entries that match. If few entries match a filter, the engine compares them all.
    const matching = await this.session.count(name, filter, signal);
    if (found.length >= Math.min(matching, wanted)) {
      return { matches: found, exact: found.length >= matching };
    }
    const all = filter ?? { exists: { field: 'embedding' } };
    const most = Math.min(MAX_CANDIDATES, matching);
    const matches = await this.walkGraph(index, query, { wanted, candidates: most, filter: all, signal });
    return { matches, exact: most === matching };
  }

  private async walkGraph(
    { record }: OwnIndex,
    query: VectorQuery,
    how: { wanted: number; candidates: number; filter: object | undefined; signal: AbortSignal },
  ): Promise<VectorMatch[]> {
    const { oversample } = searchEffort(this.recall, how.wanted);
    const routing = record.routeByLabel ? labelsOf(query)?.map(routingOf).join(',') : undefined;
    const isShort = routing !== undefined && routing.length <= LONGEST_ROUTING;
    const { hits } = await this.session.search<object>(
      record.name,
      this.session.dialect.searchBody({
        vector: shortDecimals(query.vector),
        k: how.wanted,
        effort: { candidates: how.candidates, oversample },
        filter: how.filter,
      }),
      { ...(isShort ? { routing } : {}), signal: how.signal },
    );
    return hits.hits
      .map(({ _id, _score }) => ({ id: Number(_id), score: cosineOf(_score) }))
      .sort((a, b) => b.score - a.score || a.id - b.id);
  }
}

/** Labels of which every match has at least one, if the query implies any. */
function labelsOf({ filter }: VectorQuery): readonly string[] | undefined {
  return filter && impliedLabels(filter);
}

/** The filter for a query; undefined if every entry may match. */
function queryOf({ filter, excludeId }: VectorQuery, { attributes }: OwnIndex): object | undefined {
  if (filter === undefined && excludeId === undefined) return undefined;
  return {
    bool: {
      ...(filter === undefined ? {} : { filter: [filterQuery(filter, attributes)] }),
      ...(excludeId === undefined ? {} : { must_not: [{ ids: { values: [String(excludeId)] } }] }),
    },
  };
}
