import { useQuery } from '@apollo/client/react';
import { DatasetLabelsDocument, type DatasetLabelsQuery } from './generated/graphql.ts';

export type Label = NonNullable<DatasetLabelsQuery['dataset']>['labels']['nodes'][number];

interface Wanted {
  /** A part of the keys or names of the labels. */
  readonly contains?: string;
  /** The keys of labels that are known whether they are common or not. */
  readonly chosen?: readonly string[];
}

/** The most labels that a request may name, and that one answers with. */
const PAGE = 100;

/**
 * Labels of a dataset, given by its name: up to a hundred of those that are wanted, the commonest first. Those of the
 * last answer remain until the next one is there.
 */
export function useLabels(dataset: string, { contains = '', chosen = [] }: Wanted = {}) {
  const { data, previousData } = useQuery(DatasetLabelsDocument, {
    variables: { dataset, contains: contains.trim().slice(0, 500), chosen: chosen.slice(0, PAGE) },
  });
  const found = (data ?? previousData)?.dataset;
  const labels: readonly Label[] = found?.labels.nodes ?? [];
  const known = [...(found?.chosen.nodes ?? []), ...labels];
  return {
    labels,
    /** How many labels are wanted, of which `labels` may be the commonest only. */
    total: found?.labels.totalCount ?? 0,
    /** What people call a label; its key until it is known. */
    nameOf: (key: string) => known.find((label) => label.key === key)?.name ?? key,
    /** Those of the chosen labels that `labels` does not have. */
    others: (found?.chosen.nodes ?? []).filter(({ key }) => !labels.some((label) => label.key === key)),
  };
}
