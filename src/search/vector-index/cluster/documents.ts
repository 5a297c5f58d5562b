import { vectorRejected } from '../../search.errors.ts';
import type { VectorEntry, VectorQuery } from '../vector-index.port.ts';
import { assertVectorUsable } from '../validate-vector.ts';
import type { IndexRecord } from './index-record.ts';
import type { BulkDocument } from './client/cluster-client.ts';
import { shortDecimals } from './short-decimals.ts';

/** Cosines this near to 1 or -1 are the rounding of the server's scores. */
const ROUNDING = 1e-6;

/** Throws `VECTOR_INVALID` or `VECTOR_REJECTED`. */
export function assertUsable({ name, dimension, routeByLabel }: IndexRecord, entry: VectorEntry): void {
  assertVectorUsable(name, entry.vector, dimension, entry.id);
  if (routeByLabel && entry.labels.length !== 1) {
    throw vectorRejected(
      name,
      `INDEX_ROUTING=label takes images of exactly one label, and "${entry.externalId}" has ${entry.labels.length}`,
    );
  }
}

export function toDocument({ routeByLabel }: IndexRecord, entry: VectorEntry): BulkDocument {
  const { id, vector, labels, externalId } = entry;
  return {
    id: String(id),
    ...(routeByLabel ? { routing: routingOf(labels[0] ?? '') } : {}),
    source: { externalId, labels, embedding: shortDecimals(vector) },
  };
}

/** Routing values are separated by commas in a search. */
export function routingOf(label: string): string {
  return encodeURIComponent(label);
}

/** What an entry must be like to be a match; undefined where all may be. */
export function filterOf({ labels, excludeId }: VectorQuery): object | undefined {
  if (labels === undefined && excludeId === undefined) return undefined;
  return {
    bool: {
      ...(labels === undefined ? {} : { filter: [{ terms: { labels } }] }),
      ...(excludeId === undefined ? {} : { must_not: [{ ids: { values: [String(excludeId)] } }] }),
    },
  };
}

/** Both engines score (1 + cosine) / 2. */
export function cosineOf(score: number): number {
  const cosine = 2 * score - 1;
  return Math.abs(cosine) > 1 - ROUNDING ? Math.sign(cosine) : cosine;
}
