import type { Filter } from '../../../../filters/index.ts';
import { vectorRejected } from '../../../search.errors.ts';
import type { VectorEntry, VectorQuery } from '../../vector-index.port.ts';
import { assertVectorUsable } from '../../validate-vector.ts';
import type { IndexRecord } from '../indexes/index-record.ts';
import type { BulkDocument } from '../client/cluster-client.ts';
import { shortDecimals } from './short-decimals.ts';

/** Cosines that are this near to 1 or -1 differ from it only because the server rounds scores. */
const ROUNDING = 1e-6;

/** Throws `VECTOR_INVALID` or `VECTOR_REJECTED` for an entry that the index cannot hold. */
export function assertUsable({ name, dimension, routeByLabel }: IndexRecord, entry: VectorEntry): void {
  assertVectorUsable(name, entry.vector, dimension, entry.id);
  if (routeByLabel && entry.labels.length !== 1) {
    throw vectorRejected(
      name,
      `INDEX_ROUTING=label requires exactly one label per image, and "${entry.externalId}" has ${entry.labels.length}`,
    );
  }
}

export function toDocument(record: IndexRecord, entry: VectorEntry): BulkDocument {
  const { id, vector, labels, externalId } = entry;
  const routing = entryRouting(record, entry);
  return {
    id: String(id),
    ...(routing === undefined ? {} : { routing }),
    source: { externalId, labels, embedding: shortDecimals(vector) },
  };
}

/** The routing of an entry that has passed `assertUsable`; undefined if the index is not routed by label. */
export function entryRouting({ routeByLabel }: IndexRecord, entry: VectorEntry): string | undefined {
  return routeByLabel ? routingOf(entry.labels[0]!) : undefined;
}

/** The routing value of a label. It contains no comma, because commas separate the values in a search. */
export function routingOf(label: string): string {
  return encodeURIComponent(label);
}

/** The filter for a query; undefined if every entry may match. */
export function filterOf({ filter, excludeId }: VectorQuery): object | undefined {
  if (filter === undefined && excludeId === undefined) return undefined;
  return {
    bool: {
      ...(filter === undefined ? {} : { filter: [toQuery(filter)] }),
      ...(excludeId === undefined ? {} : { must_not: [{ ids: { values: [String(excludeId)] } }] }),
    },
  };
}

function toQuery(filter: Filter): object {
  if (filter.kind === 'labels') return { terms: { labels: filter.labels } };
  throw new Error(`A cluster cannot filter by "${filter.kind}"`);
}

/** Both engines score (1 + cosine) / 2. */
export function cosineOf(score: number): number {
  const cosine = 2 * score - 1;
  return Math.abs(cosine) > 1 - ROUNDING ? Math.sign(cosine) : cosine;
}
