import { useQuery } from '@apollo/client/react';
import { useMemo } from 'react';
import {
  FacetsDocument,
  SearchableAttributesDocument,
  type AttributeType,
  type FacetInput,
  type SimilarImagesInput,
} from '../../api/generated/graphql.ts';
import type { SearchState } from '../state/search-state.ts';
import { filterOf, searchInput, type AttributeTypes } from '../state/search-variables.ts';

export interface FacetValue {
  /** What the filter takes: the key of a label, or the value as text. */
  readonly value: string;
  readonly name: string;
  readonly count: number;
}

export interface AttributeFacet {
  readonly name: string;
  readonly type: AttributeType;
  readonly values: readonly FacetValue[];
}

export interface Facets {
  readonly labels: readonly FacetValue[];
  readonly attributes: readonly AttributeFacet[];
  readonly isLoading: boolean;
}

/** The API counts ten facets in a search: labels and nine attributes. */
const MOST_ATTRIBUTES = 9;
const VALUES = 50;

/** The attributes of the datasets that are searched, and their types. */
export function useAttributes(datasets: readonly string[]) {
  const { data, loading } = useQuery(SearchableAttributesDocument);
  return useMemo(() => {
    const chosen = (data?.datasets.nodes ?? []).filter(
      ({ name }) => datasets.length === 0 || datasets.includes(name),
    );
    const counts = new Map<string, number>();
    const types = new Map<string, AttributeType>();
    for (const { attributes } of chosen) {
      for (const { name, type, imageCount } of attributes) {
        counts.set(name, (counts.get(name) ?? 0) + imageCount);
        types.set(name, type);
      }
    }
    const names = [...counts].sort(([, a], [, b]) => b - a).map(([name]) => name);
    return {
      types: types,
      names: names.slice(0, MOST_ATTRIBUTES),
      isKnown: !loading || !!data,
    };
  }, [data, datasets, loading]);
}

/** The values to filter by, and how many images have each of them. */
export function useFacets(state: SearchState, types: AttributeTypes, names: readonly string[]): Facets {
  const searches = useMemo(() => facetSearches(state, types, names), [state, types, names]);
  const { data, previousData, loading } = useQuery(FacetsDocument, {
    variables: { searches },
    skip: searches.length === 0,
    fetchPolicy: 'cache-first',
  });
  const answer = data ?? previousData;
  return useMemo(() => {
    const facets = (answer?.similarImagesBatch ?? []).flatMap((result) =>
      result.__typename === 'SimilarImages' ? result.facets : [],
    );
    const valuesOf = (attribute: string | null) =>
      (facets.find((facet) => facet.attribute === attribute)?.values ?? []).map(({ value, name, count }) => ({
        value: String(value),
        name: name ?? nameOf(value),
        count,
      }));
    return {
      labels: valuesOf(null),
      attributes: names.map((name) => ({ name, type: types.get(name) ?? 'STRING', values: valuesOf(name) })),
      isLoading: loading && answer === undefined,
    };
  }, [answer, loading, names, types]);
}

/** One search for all facets without a filter of their own, and one for each of the others. */
function facetSearches(
  state: SearchState,
  types: AttributeTypes,
  names: readonly string[],
): SimilarImagesInput[] {
  const search = searchInput(state, types);
  if (search === undefined) return [];
  const base = { by: search.by, region: search.region, datasets: search.datasets, filter: search.filter };
  const labels: FacetInput = { labels: true, first: 100 };
  const attributes = names.map((attribute): FacetInput => ({ attribute, first: VALUES }));
  const isFiltered = ({ attribute }: FacetInput) => state.attributes.some(({ name }) => name === attribute);
  const free = attributes.filter((facet) => !isFiltered(facet));
  if (state.labels.length === 0) free.unshift(labels);
  const own = (facet: FacetInput): SimilarImagesInput => {
    const filter = filterOf(
      state,
      types,
      facet.attribute == null ? { labels: true } : { attribute: facet.attribute },
    );
    return { ...base, filter: filter ?? null, facets: [facet], first: 1 };
  };
  return [
    ...(free.length > 0 ? [{ ...base, facets: free, first: 1 } as SimilarImagesInput] : []),
    ...(state.labels.length > 0 ? [own(labels)] : []),
    ...attributes.filter(isFiltered).map(own),
  ];
}

function nameOf(value: unknown): string {
  if (value === true) return 'Yes';
  if (value === false) return 'No';
  return String(value);
}
