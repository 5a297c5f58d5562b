import { isSearchable, useDatasets } from '../../api/use-datasets.ts';

/**
 * The names of the datasets that can be searched with words, out of those that a search looks through: the named ones,
 * or all. None unless all of the named ones can.
 */
export function useTextDatasets(chosen: readonly string[]): readonly string[] {
  const { datasets = [] } = useDatasets('cache-first');
  const able = datasets
    .filter((dataset) => isSearchable(dataset) && dataset.index?.model.text === true)
    .map(({ name }) => name);
  if (chosen.length === 0) return able;
  return chosen.every((name) => able.includes(name)) ? chosen : [];
}
