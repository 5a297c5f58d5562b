import { matches, type AttributeTest, type AttributeType, type Filter } from '../../src/filters/index.ts';
import type { VectorEntry } from '../../src/search/vector-index/vector-index.port.ts';

/** Makes filters on one attribute. */
export const on =
  (name: string, type: AttributeType) =>
  (test: AttributeTest): Filter => ({ kind: 'attribute', name, type, test });

export const not = (filter: Filter): Filter => ({ kind: 'not', filter });

/** The entries that a filter selects. */
export function selectedBy(filter: Filter, from: readonly VectorEntry[]): VectorEntry[] {
  return from.filter(({ labels, attributes = {} }) => matches(filter, { labels, attributes }));
}
