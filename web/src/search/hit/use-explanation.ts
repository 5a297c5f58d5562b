import { skipToken, useQuery } from '@apollo/client/react';
import { ExplainDocument, type ExplainQuery } from '../../api/generated/graphql.ts';
import { explainedQuery } from '../state/search-variables.ts';
import type { SearchState } from '../state/search-state.ts';

export interface Explanation {
  /** Whether this search can be explained: it has one picture. */
  readonly isPossible: boolean;
  readonly isLoading: boolean;
  readonly data: ExplainQuery['explain'] | undefined;
  readonly error: Error | undefined;
  readonly retry: () => void;
}

/** Why an image is like the picture that is searched with, as soon as somebody wants to know. */
export function useExplanation(state: SearchState, image: string, isWanted: boolean): Explanation {
  const query = explainedQuery(state);
  const isAsked = isWanted && query !== undefined;
  const { data, error, loading, refetch } = useQuery(
    ExplainDocument,
    // Heat maps expire on the service, so nothing is kept in the cache.
    isAsked ? { variables: { ...query, image: { id: image } }, fetchPolicy: 'no-cache' } : skipToken,
  );
  return {
    isPossible: query !== undefined,
    isLoading: loading,
    data: isAsked ? data?.explain : undefined,
    error: isAsked ? error : undefined,
    retry: () => void refetch().catch(() => undefined),
  };
}
