import {
  typeOf,
  type Attributes,
  type AttributeType,
  type AttributeValue,
} from '../../../../filters/index.ts';
import { vectorRejected } from '../../../search.errors.ts';
import type { EntryFacts, VectorEntry } from '../../vector-index.port.ts';
import { assertVectorUsable } from '../../validate-vector.ts';
import type { IndexRecord, OwnIndex } from '../indexes/index-record.ts';
import { MOST_ATTRIBUTE_FIELDS, type FieldTypes } from './document-fields.ts';
import { shortDecimals } from './short-decimals.ts';

/** Cosines that are this near to 1 or -1 differ from it only because the server rounds scores. */
const ROUNDING = 1e-6;

/** Throws `VECTOR_INVALID` or `VECTOR_REJECTED` for an entry that the index cannot hold. */
export function assertUsable(index: OwnIndex, entry: VectorEntry): void {
  const { name, dimension } = index.record;
  assertVectorUsable(name, entry.vector, dimension, entry.id);
  assertFactsUsable(index, entry);
}

/** Throws `VECTOR_REJECTED` for facts that the index cannot hold. */
export function assertFactsUsable({ record, attributes }: OwnIndex, facts: EntryFacts): void {
  const { name, routeByLabel } = record;
  const { externalId, labels } = facts;
  if (routeByLabel && labels.length !== 1) {
    throw vectorRejected(
      name,
      `INDEX_ROUTING=label requires exactly one label per image, and "${externalId}" has ${labels.length}`,
    );
  }
  for (const [attribute, value] of Object.entries(facts.attributes ?? {})) {
    const type = Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
    if (type === undefined || type === typeOf(value)) continue;
    throw vectorRejected(
      name,
      `"${attribute}" of "${externalId}" is ${typeOf(value)}, and the index has it as ${type}. ` +
        'Delete the index on the cluster and build it again to change the type',
    );
  }
}

/** The attributes of the entries that the index has no fields for yet. Throws `VECTOR_REJECTED` if there are too many. */
export function newAttributes({ record, attributes }: OwnIndex, entries: readonly EntryFacts[]): FieldTypes {
  const types = new Map<string, AttributeType>();
  for (const facts of entries) {
    for (const [name, value] of Object.entries(facts.attributes ?? {})) {
      if (!Object.hasOwn(attributes, name) && !types.has(name)) types.set(name, typeOf(value));
    }
  }
  if (Object.keys(attributes).length + types.size > MOST_ATTRIBUTE_FIELDS) {
    throw vectorRejected(
      record.name,
      `the index would get fields for more than ${MOST_ATTRIBUTE_FIELDS} different attributes. ` +
        'Delete it on the cluster and build it again to remove those that are no longer used',
    );
  }
  return Object.fromEntries(types);
}

/** The document of an entry. */
export function toSource(entry: VectorEntry): object {
  const { externalId, fileName = externalId, labels, labelNames, sourceUrl, attributes = {} } = entry;
  const empty = Object.keys(attributes).filter((name) => isEmptyList(attributes[name]!));
  return {
    image_name: fileName,
    external_id: externalId,
    labels,
    ...(labelNames === undefined ? {} : { label_names: labelNames }),
    ...(sourceUrl === undefined ? {} : { source: sourceUrl }),
    ...(Object.keys(attributes).length === 0 ? {} : { attributes: toFields(attributes) }),
    ...(empty.length === 0 ? {} : { empty_attributes: empty }),
    embedding: shortDecimals(entry.vector),
  };
}

function toFields(attributes: Attributes): object {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      value instanceof Date ? value.toISOString() : value,
    ]),
  );
}

function isEmptyList(value: AttributeValue): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** The routing of an entry that has passed `assertUsable`; undefined if the index is not routed by label. */
export function entryRouting({ routeByLabel }: IndexRecord, entry: EntryFacts): string | undefined {
  return routeByLabel ? routingOf(entry.labels[0]!) : undefined;
}

/** The routing value of a label. It contains no comma, because commas separate the values in a search. */
export function routingOf(label: string): string {
  return encodeURIComponent(label);
}

/** Both engines score (1 + cosine) / 2. */
export function cosineOf(score: number): number {
  const cosine = 2 * score - 1;
  return Math.abs(cosine) > 1 - ROUNDING ? Math.sign(cosine) : cosine;
}
