import type { ClusterDialect } from '../dialects/cluster-dialect.ts';
import { attributeFields, documentFields, type FieldTypes } from '../documents/document-fields.ts';
import { ownAlias } from './index-names.ts';
import type { IndexRecord, LabelIndexRecord } from './index-record.ts';

/**
 * The request that creates an index. It has no replicas, and new entries are not visible, until it is optimised:
 * this makes loading it fast.
 */
export function indexBody(index: {
  readonly physical: string;
  readonly record: IndexRecord | LabelIndexRecord;
  readonly dimension: number;
  readonly shards: number;
  readonly attributes: FieldTypes;
  readonly dialect: ClusterDialect;
  readonly serverVersion: string;
}): object {
  const { physical, record, dimension, shards, attributes, dialect, serverVersion } = index;
  return {
    settings: {
      index: {
        number_of_shards: shards,
        number_of_replicas: 0,
        refresh_interval: '-1',
        ...dialect.settings(serverVersion),
      },
    },
    mappings: {
      dynamic: 'strict',
      date_detection: false,
      ...dialect.source(serverVersion),
      _meta: { lookalike: record },
      properties: {
        ...documentFields(),
        ...attributeFields(attributes).properties,
        embedding: dialect.embeddingField(dimension, serverVersion),
      },
    },
    aliases: { [ownAlias(physical)]: {} },
  };
}
