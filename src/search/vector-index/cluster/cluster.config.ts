import { z } from 'zod';
import {
  commaSeparated,
  configSlice,
  flag,
  oneOf,
  setting,
  text,
  wholeNumber,
} from '../../../config/index.ts';

/** The node that is used if none is configured. */
export const LOCAL_NODE = 'http://127.0.0.1:9200';

const nodes = (product: string) =>
  setting(
    commaSeparated().refine(
      (urls) => urls.every((url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)),
      'expected http or https URLs, separated by commas',
    ),
    {
      meaning: `The nodes of the ${product} cluster. If one is away, requests go to the next.`,
      values: 'http or https URLs, separated by commas',
      shownDefault: `\`${LOCAL_NODE}\``,
    },
  );

const caFile = () =>
  text({
    meaning: "A PEM file with the certificate authority that signed the servers' certificates.",
    values: 'a path',
  });

/** How to reach an Elasticsearch or OpenSearch cluster and lay out its indexes; used if VECTOR_INDEX names one. */
export class ClusterConfig extends configSlice(
  {
    title: 'Elasticsearch and OpenSearch',
    note: 'Settings that begin with `ELASTICSEARCH_` apply to `VECTOR_INDEX=elasticsearch`, those that begin with `OPENSEARCH_` to `VECTOR_INDEX=opensearch`, and the others to both. [operations.md](operations.md) explains how to choose them.',
  },
  {
    ELASTICSEARCH_NODE: nodes('Elasticsearch'),
    ELASTICSEARCH_CLOUD_ID: text({
      meaning: 'An Elastic Cloud deployment, instead of `ELASTICSEARCH_NODE`.',
      values: 'a Cloud ID',
    }),
    ELASTICSEARCH_API_KEY: text({
      meaning: 'An API key in its encoded form, instead of a user name and password.',
      values: 'an API key',
    }),
    ELASTICSEARCH_USERNAME: text({ meaning: 'The user for basic authentication.', values: 'any text' }),
    ELASTICSEARCH_PASSWORD: text({ meaning: 'The password of that user.', values: 'any text' }),
    ELASTICSEARCH_CA_FILE: caFile(),
    ELASTICSEARCH_INDEX_TYPE: oneOf(['int8_hnsw', 'hnsw', 'bbq_hnsw'], {
      fallback: 'int8_hnsw',
      meaning: 'How the graph holds vectors: rounded to bytes, as they are, or reduced to bits.',
    }),

    OPENSEARCH_NODE: nodes('OpenSearch'),
    OPENSEARCH_USERNAME: text({ meaning: 'The user for basic authentication.', values: 'any text' }),
    OPENSEARCH_PASSWORD: text({ meaning: 'The password of that user.', values: 'any text' }),
    OPENSEARCH_CA_FILE: caFile(),
    OPENSEARCH_ENGINE: oneOf(['lucene', 'faiss'], {
      fallback: 'lucene',
      meaning: 'The engine of the k-NN plugin that new indexes use.',
    }),
    OPENSEARCH_AWS_REGION: text({
      meaning:
        'Signs requests for Amazon OpenSearch in this region, with the credentials in `AWS_ACCESS_KEY_ID` and the variables that go with it.',
      values: 'an AWS region',
    }),

    INDEX_PREFIX: setting(
      z
        .string()
        .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected a-z, 0-9 and "-"')
        .default('lookalike'),
      {
        meaning:
          'What the names of all indexes begin with. Installations that share a cluster need different ones.',
        values: '1 to 63 characters: a–z, 0–9 and `-`, not `-` first',
      },
    ),
    LABEL_ALIAS_PATTERN: setting(
      z
        .string()
        .regex(/^(none|[a-z0-9{][a-z0-9.{}-]*)$/, 'expected a-z, 0-9, "." and "-" around {label}, or none')
        .refine(
          (pattern) => pattern === 'none' || pattern.includes('{label}'),
          'expected {label} in it, or none',
        )
        .refine(
          (pattern) => !/[{}]/.test(pattern.replaceAll(/\{(?:label|dataset|prefix)\}/g, '')),
          'expected no braces except in {prefix}, {dataset} and {label}',
        )
        .default('{prefix}.{dataset}.{label}'),
      {
        meaning: 'The alias under which the images of a label can be searched. `none` creates no aliases.',
        values:
          'a–z, 0–9, `.` and `-` around `{label}` and, optionally, `{prefix}` and `{dataset}`; or `none`',
      },
    ),
    LABEL_INDEXES: flag({
      fallback: false,
      meaning:
        'Whether labels get indexes of their own, in which other programs find the nearest images of a label without a filter. Recommended on OpenSearch. The name from `LABEL_ALIAS_PATTERN` then stands for such an index.',
    }),
    LABEL_INDEXES_MOST: wholeNumber({
      min: 1,
      max: 1_000,
      fallback: 100,
      meaning:
        'How many labels of a dataset get indexes of their own: those with the most images. The others have aliases.',
    }),
    INDEX_SHARDS: wholeNumber({
      min: 1,
      max: 1024,
      fallback: 1,
      meaning: 'The number of shards of a new index.',
    }),
    INDEX_REPLICAS: setting(
      z
        .string()
        .regex(/^(auto|\d)$/, 'expected auto, or 0 to 9')
        .default('auto'),
      {
        meaning: 'The number of copies of each shard. `auto` keeps one copy if there is a second node.',
        values: '`auto`, or 0 to 9',
      },
    ),
    INDEX_ROUTING: oneOf(['none', 'label'], {
      fallback: 'none',
      meaning:
        '`label` keeps the images of a label on one shard, for very large catalogues with exactly one label per image.',
    }),
    INDEX_HNSW_M: wholeNumber({
      min: 2,
      max: 100,
      fallback: 16,
      meaning: 'The number of links of each entry in the graph.',
    }),
    INDEX_HNSW_EF_CONSTRUCTION: wholeNumber({
      min: 2,
      max: 1000,
      fallback: 100,
      meaning: 'The number of entries that are considered when an entry is linked.',
    }),
    INDEX_RECALL: setting(
      z
        .string()
        .transform(Number)
        .refine((share) => share >= 0.5 && share <= 1, 'expected a share from 0.5 to 1')
        .default(0.99),
      {
        meaning:
          'The share of the true nearest neighbours that a search is to find. A higher share takes longer.',
        values: '0.5 to 1',
      },
    ),
    INDEX_TIMEOUT_MS: wholeNumber({
      min: 100,
      max: 4_500,
      fallback: 4_500,
      unit: 'milliseconds',
      meaning: 'How long a search may take before it is abandoned.',
    }),
  },
) {}
