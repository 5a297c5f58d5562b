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

interface OpenedHit {
  openedHit?: boolean;
}

/** The search that the address bar holds, and how to change it. Each change is a step to go back by. */
export function useSearchState() {
  const query = useSearch();
  const state = useMemo(() => parseSearch(query), [query]);
  const latest = useRef(state);
  latest.current = state;
  const gesture = useRef<string | undefined>(undefined);

  const update: UpdateSearch = useCallback((patch, { gesture: name, replace = false } = {}) => {
    const next = { ...latest.current, ...patch };
    const goesOn = name !== undefined && gesture.current === name;
    gesture.current = name;
    latest.current = next;
    // Whatever changes the hits closes the one that is open.
    const isSameSearch = 'open' in patch;
    const address = searchAddress(isSameSearch ? next : { ...next, open: undefined });
    if (address === location.pathname + location.search) return;
    navigate(address, { replace: replace || goesOn });
  }, []);

  /** To be called when a handle or a slider has been let go. */
  const endGesture = useCallback(() => {
    gesture.current = undefined;
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

  return { state, update, endGesture, openHit, closeHit, clear };
}

export type SearchControls = ReturnType<typeof useSearchState>;
