import type {
  AttributeFilterInput,
  AttributeType,
  ImageFilterInput,
  SimilarImagesBy,
  SimilarImagesInput,
} from '../../api/generated/graphql.ts';
import { hasQuery, isSingle, type AttributeTest, type SearchState } from './search-state.ts';

/** Types of attributes by name. A name that is unknown is taken for a string. */
export type AttributeTypes = ReadonlyMap<string, AttributeType>;

/** The search as the API takes it, without its page; undefined if there is nothing to search with. */
export function searchInput(state: SearchState, types: AttributeTypes): SimilarImagesInput | undefined {
  if (!hasQuery(state)) return undefined;
  const filter = filterOf(state, types);
  return {
    ...searchedWith(state),
    ...(state.datasets.length > 0 && { datasets: [...state.datasets] }),
    ...(filter !== undefined && { filter }),
    ...(state.minScore !== undefined && { minScore: state.minScore }),
    ...(isSingle(state) && state.minConfidence !== undefined && { minConfidence: state.minConfidence }),
    ...(state.groupBy !== undefined && { groupBy: { attribute: state.groupBy, views: 4 } }),
    collapseDuplicates: state.unique,
  };
}

/** What an explanation takes of a search; undefined if the search has no single picture that hits shall resemble. */
export function explainedQuery({
  examples: [first, ...others],
  text,
}: Pick<SearchState, 'examples' | 'text'>): Pick<SimilarImagesInput, 'by' | 'region'> | undefined {
  if (first === undefined || text !== undefined || others.length > 0 || first.weight < 0) return undefined;
  return { by: single(first.id), ...(first.region !== undefined && { region: first.region }) };
}

function searchedWith({ examples, text }: SearchState): Pick<SimilarImagesInput, 'by' | 'region'> {
  const [first, ...others] = examples;
  if (first === undefined) return { by: { text: text ?? '' } };
  if (text === undefined && others.length === 0 && first.weight > 0) {
    return { by: single(first.id), ...(first.region !== undefined && { region: first.region }) };
  }
  const words = text === undefined ? [] : [{ text, weight: 1 }];
  return { by: { examples: [...examples.map(exampleInput), ...words] } };
}

/** Which part of the filter to leave out: a facet is counted without its own. */
type Part = { labels: true } | { attribute: string };

/** All filters together; undefined if there is none. */
export function filterOf(
  { labels, attributes }: SearchState,
  types: AttributeTypes,
  without?: Part,
): ImageFilterInput | undefined {
  const parts: ImageFilterInput[] = [];
  if (labels.length > 0 && !(without && 'labels' in without)) parts.push({ labels: [...labels] });
  for (const test of attributes) {
    if (without && 'attribute' in without && without.attribute === test.name) continue;
    parts.push({ attribute: attributeFilter(test, types.get(test.name)) });
  }
  return parts.length > 1 ? { and: parts } : parts[0];
}

function attributeFilter(
  { name, values, from, to }: AttributeTest,
  type?: AttributeType,
): AttributeFilterInput {
  const typed = (text: string) => {
    if (type === 'NUMBER') return Number(text);
    if (type === 'BOOLEAN') return text === 'true';
    return text;
  };
  return {
    name,
    ...(values.length > 0 && { in: values.map(typed) }),
    ...(from !== undefined && { gte: typed(from) }),
    ...(to !== undefined && { lte: typed(to) }),
  };
}

function single(id: string): SimilarImagesBy {
  return id.startsWith('Image:') ? { image: { id } } : { queryPictureId: id };
}

function exampleInput({ id, weight, region }: SearchState['examples'][number]) {
  return {
    ...(id.startsWith('Image:') ? { image: { id } } : { queryPictureId: id }),
    weight,
    ...(region !== undefined && { region }),
  };
}
