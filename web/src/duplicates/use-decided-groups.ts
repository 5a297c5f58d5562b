import { useApolloClient } from '@apollo/client/react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { DecidedDuplicatesDocument } from '../api/generated/graphql.ts';
import { decidedGroups, type DecidedPair } from './decided-groups.ts';

interface Loaded {
  /** The oldest first. */
  readonly pairs: readonly DecidedPair[];
  /** Where earlier ones begin; null if there are none. */
  readonly before: string | null;
}

/** What has been decided about a dataset, the latest first, page by page. */
export function useDecidedGroups(dataset: string) {
  const client = useApolloClient();
  const [loaded, setLoaded] = useState<Loaded>();
  const [error, setError] = useState<unknown>();
  const [isLoading, setLoading] = useState(false);

  const load = useCallback(
    async (known: Loaded | undefined) => {
      setLoading(true);
      setError(undefined);
      try {
        const { data } = await client.query({
          query: DecidedDuplicatesDocument,
          variables: { dataset, before: known?.before ?? null },
          fetchPolicy: 'no-cache',
        });
        const { nodes, pageInfo } = data!.decidedDuplicates;
        setLoaded({
          pairs: [...nodes, ...(known?.pairs ?? [])],
          before: pageInfo.hasPreviousPage ? pageInfo.startCursor : null,
        });
      } catch (failure) {
        setError(failure);
      } finally {
        setLoading(false);
      }
    },
    [client, dataset],
  );
  const reload = useCallback(() => load(undefined), [load]);
  useEffect(() => void reload(), [reload]);

  const groups = useMemo(() => {
    if (loaded === undefined) return undefined;
    const all = decidedGroups(loaded.pairs);
    // More pairs of the earliest group may be on the page before.
    return (loaded.before === null ? all : all.slice(1)).reverse();
  }, [loaded]);

  // A large group can fill whole pages.
  const isTooShort = groups?.length === 0 && loaded !== undefined && loaded.before !== null;
  useEffect(() => {
    if (isTooShort && !isLoading && error === undefined) void load(loaded);
  }, [isTooShort, isLoading, error, load, loaded]);

  return {
    groups: isTooShort ? undefined : groups,
    error,
    isLoading,
    reload,
    more: loaded !== undefined && loaded.before !== null ? () => void load(loaded) : undefined,
  };
}
