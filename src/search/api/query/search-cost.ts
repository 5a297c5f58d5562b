import { SEARCH_LIMITS } from '../../query/similar-images.ts';

/** What a picture counts as that has to be downloaded, decoded and embedded, beside the values of the answer. */
const PICTURE = 100;
/** What a value of a facet costs at least, since it is counted even if the answer does not show it. */
const FACET_VALUE = 4;
/** Grids of convolutional networks have 7 × 7 to 9 × 9 cells. */
const TYPICAL_CELLS = 81;

/** What the relation of a hit counts as: its picture may have to be decoded. */
export const RELATION = 10;

/** The arguments of a search as they come in a document: anything may be missing or out of range. */
interface SearchArguments {
  readonly by?: { readonly examples?: readonly unknown[] | null } | null;
  readonly first?: number;
  readonly facets?: readonly { readonly first?: number }[] | null;
}

interface Options<Arguments> {
  readonly args: Arguments;
  readonly childComplexity: number;
  /** Shared by the fields of one operation. */
  readonly context?: FacetCosts;
}

/**
 * Only the arguments of a search say how many facets there are and how long they are. So the field `facets` leaves
 * here what is asked of each of them, once for each alias, for the search around it, which comes next.
 */
interface FacetCosts {
  perFacetValue?: number;
}

/** The cost of a search: the values that it may return, and the pictures beyond the first. */
export function searchCost({ args, childComplexity, context }: Options<SearchArguments>): number {
  return 1 + answerCost(args, childComplexity, facetValueCost(context)) + PICTURE * (picturesOf(args) - 1);
}

/** The cost of a batch: that of its searches, and of all pictures. */
export function batchCost({
  args: { searches = [] },
  childComplexity,
  context,
}: Options<{ readonly searches?: readonly SearchArguments[] }>): number {
  const perFacetValue = facetValueCost(context);
  return searches.reduce(
    (sum, search) => sum + answerCost(search, childComplexity, perFacetValue) + PICTURE * picturesOf(search),
    1,
  );
}

/** The cost of an explanation: its networks run on the query and on the hit. */
export function explanationCost({ childComplexity }: { readonly childComplexity: number }): number {
  return 1 + childComplexity + 2 * PICTURE;
}

/** The numbers of a grid: their number is that of the cells of the networks. */
export function gridCost(): number {
  return TYPICAL_CELLS;
}

/** A heat map, for which a picture is decoded and another one drawn. */
export function heatMapCost(): number {
  return PICTURE / 2;
}

/** The views of a hit: their number is an argument of the search, which is not known here. */
export function viewsCost({ childComplexity }: { readonly childComplexity: number }): number {
  return 1 + SEARCH_LIMITS.views * childComplexity;
}

/** The facets of a search, whose cost is added by the search itself. */
export function facetsCost({ childComplexity, context = {} }: Options<unknown>): number {
  context.perFacetValue = (context.perFacetValue ?? 0) + childComplexity;
  return 1;
}

/** The values of a facet: their number is an argument of the search. */
export function facetValuesCost({ childComplexity }: { readonly childComplexity: number }): number {
  return 1 + childComplexity;
}

function facetValueCost(context: FacetCosts = {}): number {
  const { perFacetValue = 0 } = context;
  delete context.perFacetValue;
  return Math.max(perFacetValue, FACET_VALUE);
}

function answerCost(
  { first = 10, facets }: SearchArguments,
  childComplexity: number,
  perFacetValue: number,
): number {
  const hits = within(first, SEARCH_LIMITS.hits) * childComplexity;
  const counted = (facets ?? []).map((facet) => within(facet.first ?? 10, SEARCH_LIMITS.facetValues));
  return hits + perFacetValue * counted.reduce((sum, values) => sum + values, 0);
}

function picturesOf({ by }: SearchArguments): number {
  return Math.max(by?.examples?.length ?? 1, 1);
}

/** What is out of range is refused with a better reason than the cost. */
function within(count: number, most: number): number {
  return Math.min(Math.max(count, 1), most);
}

/** The facets of images: each value that is asked for. */
export function imageFacetsCost({
  args: { facets },
  childComplexity,
}: Options<Pick<SearchArguments, 'facets'>>): number {
  const values = (facets ?? []).reduce((sum, { first = 10 }) => sum + Math.max(0, first), 0);
  return 1 + values * Math.max(FACET_VALUE, childComplexity);
}
