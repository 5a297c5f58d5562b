import { SEARCH_LIMITS } from '../query/similar-images.ts';

/** What a picture counts as that has to be downloaded, decoded and embedded, beside the values of the answer. */
const PICTURE = 100;
/** The fields of a value of a facet. */
const FACET_VALUE = 4;

/** The arguments of a search as they come in a document: anything may be missing or out of range. */
interface SearchArguments {
  readonly by?: { readonly examples?: readonly unknown[] | null } | null;
  readonly first?: number;
  readonly facets?: readonly { readonly first?: number }[] | null;
}

interface Options<Arguments> {
  readonly args: Arguments;
  readonly childComplexity: number;
}

/** The cost of a search: the values that it may return, and the pictures beyond the first. */
export function searchCost({ args, childComplexity }: Options<SearchArguments>): number {
  return 1 + hitsCost(args, childComplexity) + PICTURE * (picturesOf(args) - 1);
}

/** The cost of a batch: that of its searches, and of all pictures. */
export function batchCost({
  args: { searches = [] },
  childComplexity,
}: Options<{ readonly searches?: readonly SearchArguments[] }>): number {
  return searches.reduce(
    (sum, search) => sum + hitsCost(search, childComplexity) + PICTURE * picturesOf(search),
    1,
  );
}

/** The views of a hit: their number is an argument of the search, which is not known here. */
export function viewsCost({ childComplexity }: { readonly childComplexity: number }): number {
  return 1 + SEARCH_LIMITS.views * childComplexity;
}

function hitsCost({ first = 10, facets }: SearchArguments, childComplexity: number): number {
  const hits = within(first, SEARCH_LIMITS.hits) * childComplexity;
  const counted = (facets ?? []).map((facet) => within(facet.first ?? 10, SEARCH_LIMITS.facetValues));
  return hits + FACET_VALUE * counted.reduce((sum, values) => sum + values, 0);
}

function picturesOf({ by }: SearchArguments): number {
  return Math.max(by?.examples?.length ?? 1, 1);
}

/** What is out of range is refused with a better reason than the cost. */
function within(count: number, most: number): number {
  return Math.min(Math.max(count, 1), most);
}
