import { useQuery } from '@apollo/client/react';
import { DatasetNamesDocument, type DatasetNamesQuery } from './generated/graphql.ts';

export type DatasetName = DatasetNamesQuery['datasets']['nodes'][number];

/** All datasets by name, for pickers; `undefined` until they are known. */
export function useDatasets() {
  const { data, error, refetch } = useQuery(DatasetNamesDocument);
  return { datasets: data?.datasets.nodes, error, refetch };
}

/** Whether searches can be made in it. */
export function isSearchable({ index }: DatasetName): boolean {
  return index !== null && index.state !== 'BUILDING';
}
