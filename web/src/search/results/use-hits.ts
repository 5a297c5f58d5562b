import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { connection } from '../../api/connection.ts';
import type { SimilarImagesInput } from '../../api/generated/graphql.ts';
import { HitList, type HitsSnapshot } from './hit-list.ts';

/** Searches whose hits are kept, so that going back shows them at once. */
const KEPT = 4;
const KEPT_MS = 5 * 60_000;
const kept = new Map<string, HitList>();

function hitListOf(search: SimilarImagesInput): HitList {
  const key = JSON.stringify(search);
  const known = kept.get(key);
  kept.delete(key);
  const list = known !== undefined && Date.now() - known.madeAt < KEPT_MS ? known : new HitList(search);
  kept.set(key, list);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
  }
  return list;
}

const NONE: HitsSnapshot = { hits: [], isLoading: false, isComplete: true };

export interface Hits extends HitsSnapshot {
  /** Whether the hits are those of the search before, shown until the new ones arrive. */
  readonly isStale: boolean;
  readonly more: () => void;
  readonly retry: () => void;
}

/** The hits of a search; none without a search. `atLeast` hits are asked for at first. */
export function useHits(search: SimilarImagesInput | undefined, atLeast = 0): Hits {
  const key = search && JSON.stringify(search);
  const list = useMemo(
    () => (key === undefined ? undefined : hitListOf(JSON.parse(key) as SimilarImagesInput)),
    [key],
  );
  const snapshot = useSyncExternalStore(list?.subscribe ?? noSubscription, list?.snapshot ?? (() => NONE));
  const wanted = useRef(atLeast);
  wanted.current = atLeast;

  useEffect(() => {
    list?.start(wanted.current);
    return () => list?.stop();
  }, [list]);

  useEffect(
    () => connection.onReturn(() => list?.snapshot().error?.code === 'UNREACHABLE' && list.retry()),
    [list],
  );

  const before = useRef<HitsSnapshot>(NONE);
  const isWaiting =
    list !== undefined && snapshot.hits.length === 0 && !snapshot.isComplete && !snapshot.error;
  useEffect(() => {
    if (!isWaiting) before.current = snapshot;
  }, [isWaiting, snapshot]);

  const isStale = isWaiting && before.current.hits.length > 0;
  return {
    ...(isStale ? { ...before.current, isLoading: true, isComplete: true } : snapshot),
    isStale,
    more: list?.more ?? nothing,
    retry: list?.retry ?? nothing,
  };
}

const nothing = () => undefined;
const noSubscription = () => nothing;
