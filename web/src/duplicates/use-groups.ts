import { useApolloClient } from '@apollo/client/react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { codedError, errorDetails } from '../api/coded-error.ts';
import { DuplicatesDocument, type DuplicatesQueryVariables } from '../api/generated/graphql.ts';
import { appendGroups, toGroups, type Group } from './duplicate-groups.ts';
import type { DuplicatesState } from './duplicates-address.ts';

const GROUPS_PER_PAGE = 10;
/** Of a group, at first. */
const IMAGES = 24;
/** As many as the API gives. */
const ALL_IMAGES = 100;
/** With all of their images, more groups than this would cost too much. */
const MOST_PLACES = 20;
const ASK_AGAIN_MS = 1_500;

interface Loaded {
  readonly groups: readonly Group[];
  readonly total: number;
  readonly hasMore: boolean;
}

/** How much of the first comparison of all pictures is done. */
export interface Comparison {
  readonly done: number;
  readonly total: number;
}

type Selection = Omit<DuplicatesQueryVariables, 'after' | 'first' | 'images'>;

/**
 * The groups of duplicates, page by page. They are kept here and not in the cache: a cursor is the place of a group, and
 * each decision moves those behind it.
 */
export function useGroups(dataset: string | undefined, { exact, maxDistance, label }: DuplicatesState) {
  const client = useApolloClient();
  const [loaded, setLoaded] = useState<Loaded>();
  const [error, setError] = useState<unknown>();
  const [comparison, setComparison] = useState<Comparison>();
  const [isLoadingMore, setLoadingMore] = useState(false);
  const [attempt, setAttempt] = useState(0);
  /** Groups before the end of the list that the service no longer has. */
  const gone = useRef(0);
  const run = useRef(0);

  const selection = useMemo<Selection | undefined>(
    () =>
      dataset === undefined
        ? undefined
        : { dataset, exact, maxDistance, filter: label === undefined ? null : { labels: [label] } },
    [dataset, exact, maxDistance, label],
  );

  const ask = useCallback(
    async (page: { first: number; images: number; after?: string | undefined }) => {
      const { data } = await client.query({
        query: DuplicatesDocument,
        variables: { ...selection!, ...page },
        fetchPolicy: 'no-cache',
      });
      return data!.duplicates;
    },
    [client, selection],
  );

  useEffect(() => {
    if (selection === undefined) return undefined;
    const mine = ++run.current;
    let timer: ReturnType<typeof setTimeout> | undefined;
    gone.current = 0;
    setLoaded(undefined);
    setError(undefined);
    const load = async (): Promise<void> => {
      try {
        const { edges, totalCount, pageInfo } = await ask({ first: GROUPS_PER_PAGE, images: IMAGES });
        if (mine !== run.current) return;
        setComparison(undefined);
        setLoaded({ groups: toGroups(edges), total: totalCount, hasMore: pageInfo.hasNextPage });
      } catch (failure) {
        if (mine !== run.current) return;
        const progress = comparisonOf(failure);
        setComparison(progress);
        if (progress === undefined) setError(failure);
        else timer = setTimeout(() => void load(), ASK_AGAIN_MS);
      }
    };
    void load();
    return () => {
      run.current += 1;
      clearTimeout(timer);
    };
  }, [selection, ask, attempt]);

  const loadMore = useCallback(async () => {
    if (loaded === undefined || !loaded.hasMore || isLoadingMore) return;
    const mine = run.current;
    setLoadingMore(true);
    try {
      const after = loaded.groups.at(-1 - gone.current)?.cursor;
      const { edges, totalCount, pageInfo } = await ask({ first: GROUPS_PER_PAGE, images: IMAGES, after });
      if (mine !== run.current) return;
      setLoaded({
        groups: appendGroups(loaded.groups, toGroups(edges)),
        total: totalCount + gone.current,
        hasMore: pageInfo.hasNextPage,
      });
    } catch (failure) {
      if (mine === run.current) setError(failure);
    } finally {
      setLoadingMore(false);
    }
  }, [ask, isLoadingMore, loaded]);

  /** The group with all of its images. */
  const complete = useCallback(
    async (group: Group): Promise<Group> => {
      if (group.members.length >= Math.min(group.size, ALL_IMAGES)) return group;
      // Groups before it may have gone, so it is in one of these places.
      const place = loaded!.groups.findIndex(({ key }) => key === group.key);
      const after = loaded!.groups[place - 1 - gone.current]?.cursor;
      const first = Math.min(gone.current + 1, MOST_PLACES);
      const { edges } = await ask({ first, images: ALL_IMAGES, after });
      const whole = toGroups(edges).find(({ key }) => key === group.key) ?? group;
      setLoaded(
        (now) => now && { ...now, groups: now.groups.map((one) => (one.key === whole.key ? whole : one)) },
      );
      return whole;
    },
    [ask, loaded],
  );

  return {
    groups: loaded?.groups,
    total: loaded?.total ?? 0,
    hasMore: loaded?.hasMore ?? false,
    error,
    comparison,
    isLoadingMore,
    loadMore,
    complete,
    reload: useCallback(() => setAttempt((count) => count + 1), []),
    /** To be called when the service no longer lists a group, or with -1 when it lists it again. */
    shift: useCallback((by: 1 | -1) => void (gone.current += by), []),
  };
}

function comparisonOf(error: unknown): Comparison | undefined {
  if (codedError(error).code !== 'DUPLICATES_UNAVAILABLE') return undefined;
  const { done, total } = errorDetails(error);
  return { done: Number(done ?? 0), total: Number(total ?? 0) };
}
