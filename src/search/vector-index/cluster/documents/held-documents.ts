import type { ClusterSession } from '../cluster-session.ts';
import { vectorOf, type VectorFields } from './vector-fields.ts';

/** What an index already has of an entry. */
export interface HeldDocument {
  readonly routing?: string;
  readonly labels: readonly string[];
  /** Identify the version of the document, for a write that must not overwrite a later one. */
  readonly version: { readonly if_seq_no: number; readonly if_primary_term: number };
}

export interface HeldVector extends HeldDocument {
  readonly vector: Float32Array;
}

interface Hit {
  readonly _routing?: string;
  readonly _seq_no: number;
  readonly _primary_term: number;
  readonly _source: { readonly labels: readonly string[] };
  readonly fields: VectorFields;
}

/** The documents that exist of these entries, by id. They must be visible to searches. */
export async function heldDocuments(
  session: ClusterSession,
  name: string,
  ids: readonly number[],
): Promise<Map<number, HeldDocument>> {
  const { hits } = await session.search<Hit>(name, requestOf(ids));
  return new Map(hits.hits.map((hit) => [Number(hit._id), heldOf(hit)]));
}

/** The same with vectors. */
export async function heldVectors(
  session: ClusterSession,
  name: string,
  ids: readonly number[],
): Promise<Map<number, HeldVector>> {
  const { storesVectors } = await session.indexOf(name);
  const { hits } = await session.search<Hit>(name, {
    ...requestOf(ids),
    ...session.dialect.vectorsOfHits(storesVectors),
  });
  return new Map(hits.hits.map((hit) => [Number(hit._id), { ...heldOf(hit), vector: vectorOf(hit.fields) }]));
}

function requestOf(ids: readonly number[]): object {
  return {
    size: ids.length,
    _source: ['labels'],
    seq_no_primary_term: true,
    query: { ids: { values: ids.map(String) } },
  };
}

function heldOf({ _routing, _seq_no, _primary_term, _source }: Hit): HeldDocument {
  return {
    ...(_routing === undefined ? {} : { routing: _routing }),
    labels: _source.labels,
    version: { if_seq_no: _seq_no, if_primary_term: _primary_term },
  };
}
