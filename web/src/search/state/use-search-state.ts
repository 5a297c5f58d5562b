import { useCallback, useMemo, useRef } from 'react';
import { useSearch } from 'wouter';
import { navigate } from 'wouter/use-browser-location';
import { EMPTY, parseSearch, searchAddress, type SearchState } from './search-state.ts';

interface Options {
  /** Changes with the same gesture (a drag of a handle, of a slider) become one step of the history. */
  gesture?: string;
  replace?: boolean;
}

export type UpdateSearch = (patch: Partial<SearchState>, options?: Options) => void;

interface Gesture {
  readonly name: string;
  /** Where it has led so far. */
  readonly address: string;
  /** When the handle or slider was let go; undefined while it is held. In ms. */
  readonly releasedAt?: number;
}

/** Presses of an arrow key with shorter pauses than this are one gesture. */
const REST_MS = 1_000;

interface OpenedHit {
  openedHit?: boolean;
}

/** The search that the address bar holds, and how to change it. Each change is a step to go back by. */
export function useSearchState() {
  const query = useSearch();
  const state = useMemo(() => parseSearch(query), [query]);
  const latest = useRef(state);
  latest.current = state;
  const gesture = useRef<Gesture | undefined>(undefined);

  const update: UpdateSearch = useCallback((patch, { gesture: name, replace = false } = {}) => {
    const next = { ...latest.current, ...patch };
    latest.current = next;
    // Whatever changes the hits closes the one that is open.
    const isSameSearch = 'open' in patch;
    const address = searchAddress(isSameSearch ? next : { ...next, open: undefined });
    const current = location.pathname + location.search;
    if (address === current) return;
    const isSameGesture = continues(gesture.current, name, current);
    gesture.current = name === undefined ? undefined : { name, address };
    navigate(address, { replace: replace || isSameGesture });
  }, []);

  /** To be called when a handle or a slider has been let go. The gesture ends after a second of rest. */
  const endGesture = useCallback(() => {
    if (gesture.current !== undefined) gesture.current = { ...gesture.current, releasedAt: Date.now() };
  }, []);

  const openHit = useCallback((rank: number) => {
    const isOpen = latest.current.open !== undefined;
    navigate(searchAddress({ ...latest.current, open: rank }), {
      replace: isOpen,
      state: isOpen ? (history.state as OpenedHit | null) : ({ openedHit: true } satisfies OpenedHit),
    });
  }, []);

  const closeHit = useCallback(() => {
    if ((history.state as OpenedHit | null)?.openedHit) history.back();
    else navigate(searchAddress({ ...latest.current, open: undefined }), { replace: true });
  }, []);

  const clear = useCallback(() => navigate(searchAddress(EMPTY)), []);

  return useMemo(
    () => ({ state, update, endGesture, openHit, closeHit, clear }),
    [state, update, endGesture, openHit, closeHit, clear],
  );
}

export type SearchControls = ReturnType<typeof useSearchState>;

/** Whether a change belongs to the gesture before it. Going back or changing something else ends a gesture. */
function continues(gesture: Gesture | undefined, name: string | undefined, current: string): boolean {
  if (gesture === undefined || gesture.name !== name || gesture.address !== current) return false;
  return gesture.releasedAt === undefined || Date.now() - gesture.releasedAt < REST_MS;
}
