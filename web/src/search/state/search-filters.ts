import { isSingle, type AttributeTest, type SearchState } from './search-state.ts';

/** What removes all filters from a search; those that may be missing have to be named. */
export const NO_FILTERS = {
  datasets: [],
  labels: [],
  attributes: [],
  minScore: undefined,
  minConfidence: undefined,
  groupBy: undefined,
  unique: false,
} satisfies Partial<SearchState>;

/** How many filters a search has, as the button that opens them says. */
export function countFilters(state: SearchState): number {
  const { datasets, labels, attributes, minScore, minConfidence } = state;
  const tests = attributes.reduce(
    (sum, { values, from, to }) => sum + values.length + (from !== undefined || to !== undefined ? 1 : 0),
    0,
  );
  const minimums = [minScore, isSingle(state) ? minConfidence : undefined];
  return datasets.length + labels.length + tests + minimums.filter((minimum) => minimum !== undefined).length;
}

/** The list with the value, or without it if it has it. */
export function toggled(list: readonly string[], value: string): string[] {
  return list.includes(value) ? list.filter((one) => one !== value) : [...list, value];
}

/** The tests with another one for this attribute; one that tests nothing is left out. */
export function withTest(
  tests: readonly AttributeTest[],
  name: string,
  change: Partial<AttributeTest>,
): AttributeTest[] {
  const known = tests.find((test) => test.name === name) ?? { name, values: [] };
  const next = { ...known, ...change };
  const others = tests.filter((test) => test.name !== name);
  const isEmpty = next.values.length === 0 && next.from === undefined && next.to === undefined;
  return isEmpty ? others : [...others, next];
}
