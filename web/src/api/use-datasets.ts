import { useQuery } from '@apollo/client/react';
import { DatasetNamesDocument, type DatasetNamesQuery } from './generated/graphql.ts';

export type DatasetName = DatasetNamesQuery['datasets']['nodes'][number];

/**
 * All datasets by name, for pickers; `undefined` until they are known. They are asked for again each time, unless
 * `cache-first` says that what is known will do.
 */
export function useDatasets(fetchPolicy: 'cache-first' | 'cache-and-network' = 'cache-and-network') {
  const { data, error, refetch } = useQuery(DatasetNamesDocument, { fetchPolicy });
  return { datasets: data?.datasets.nodes, error, refetch };
}

/** Whether the confidence of hits is known in each of the datasets that a search looks through. */
export function isCalibrated(datasets: readonly DatasetName[], names: readonly string[]): boolean {
  const searched = datasets.filter(
    (dataset) => isSearchable(dataset) && (names.length === 0 || names.includes(dataset.name)),
  );
  return searched.length > 0 && searched.every(({ index }) => index?.calibration != null);
}

/** Whether searches can be made in it. */
export function isSearchable({ index }: DatasetName): boolean {
  return index !== null && index.state !== 'BUILDING';
}
