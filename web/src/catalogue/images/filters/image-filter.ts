import type { AttributeType, ImageFilterInput } from '../../../api/generated/graphql.ts';
import { EMPTY, parseSearch, searchAddress, type SearchState } from '../../../search/state/search-state.ts';
import { filterOf } from '../../../search/state/search-variables.ts';

/** Which images are shown. The address says so with the parameters of a search. */
export type ImageFilter = Pick<SearchState, 'labels' | 'attributes'>;

export const EVERYTHING: ImageFilter = { labels: [], attributes: [] };

/** Reads the part of an address behind `?`. */
export function parseFilter(query: string): ImageFilter {
  const { labels, attributes } = parseSearch(query);
  return { labels, attributes };
}

/** The part of an address behind `?`, without it; empty if everything is shown. */
export function formatFilter(filter: ImageFilter): string {
  return searchAddress({ ...EMPTY, ...filter }).slice('/?'.length);
}

export function isFiltered({ labels, attributes }: ImageFilter): boolean {
  return labels.length > 0 || attributes.length > 0;
}

/** The filter as the API takes it; null if everything is shown. */
export function filterInput(
  filter: ImageFilter,
  attributes: readonly { name: string; type: AttributeType }[],
): ImageFilterInput | null {
  const types = new Map(attributes.map(({ name, type }) => [name, type]));
  return filterOf({ ...EMPTY, ...filter }, types) ?? null;
}
