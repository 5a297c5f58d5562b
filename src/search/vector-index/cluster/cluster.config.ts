import { z } from 'zod';
import { configSlice, list, wholeNumber } from '../../../config/index.ts';

const secret = () => z.string().optional();

const nodes = () =>
  list().refine(
    (urls) => urls.every((url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)),
    'expected http or https URLs, separated by commas',
  );

/** How an Elasticsearch or OpenSearch cluster is reached and laid out; read where VECTOR_INDEX names one. */
export class ClusterConfig extends configSlice({
  ELASTICSEARCH_NODE: nodes(),
  /** In place of ELASTICSEARCH_NODE. */
  ELASTICSEARCH_CLOUD_ID: z.string().optional(),
  ELASTICSEARCH_API_KEY: secret(),
  ELASTICSEARCH_USERNAME: z.string().optional(),
  ELASTICSEARCH_PASSWORD: secret(),
  /** A PEM file with the authority that signed the servers' certificates. */
  ELASTICSEARCH_CA_FILE: z.string().optional(),
  /** How the graph holds vectors: rounded to bytes, as they are, or to bits. */
  ELASTICSEARCH_INDEX_TYPE: z.enum(['int8_hnsw', 'hnsw', 'bbq_hnsw']).default('int8_hnsw'),

  OPENSEARCH_NODE: nodes(),
  OPENSEARCH_USERNAME: z.string().optional(),
  OPENSEARCH_PASSWORD: secret(),
  OPENSEARCH_CA_FILE: z.string().optional(),
  OPENSEARCH_ENGINE: z.enum(['lucene', 'faiss']).default('lucene'),
  /** Signs requests for Amazon OpenSearch in this region, with AWS_ACCESS_KEY_ID and its companions. */
  OPENSEARCH_AWS_REGION: z.string().optional(),

  /** Begins the names of all indexes: one for each installation on a cluster. */
  INDEX_PREFIX: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected a-z, 0-9 and "-"')
    .default('lookalike'),
  /** The alias of each label: `{label}`, perhaps with `{prefix}` and `{dataset}`; `none` for no aliases. */
  LABEL_ALIAS_PATTERN: z
    .string()
    .regex(/^(none|[a-z0-9{][a-z0-9.{}-]*)$/, 'expected a-z, 0-9, "." and "-" around {label}, or none')
    .refine((pattern) => pattern === 'none' || pattern.includes('{label}'), 'expected {label} in it, or none')
    .refine(
      (pattern) => !/[{}]/.test(pattern.replaceAll(/\{(?:label|dataset|prefix)\}/g, '')),
      'expected no other {} than {prefix}, {dataset} and {label}',
    )
    .default('{prefix}.{dataset}.{label}'),
  INDEX_SHARDS: wholeNumber({ min: 1, max: 1024, fallback: 1 }),
  /** Copies of each shard; `auto` for one where there is a second node. */
  INDEX_REPLICAS: z
    .string()
    .regex(/^(auto|\d)$/, 'expected auto, or 0 to 9')
    .default('auto'),
  /** `label`: images of one label lie on one shard. For very large catalogues of one label an image. */
  INDEX_ROUTING: z.enum(['none', 'label']).default('none'),
  /** Links of an entry in the graph, and entries looked at when it is linked. */
  INDEX_HNSW_M: wholeNumber({ min: 2, max: 100, fallback: 16 }),
  INDEX_HNSW_EF_CONSTRUCTION: wholeNumber({ min: 2, max: 1000, fallback: 100 }),
  /** The share of the true neighbours that a search looks for: more of them take longer. */
  INDEX_RECALL: z
    .string()
    .transform(Number)
    .refine((share) => share >= 0.5 && share <= 1, 'expected a share from 0.5 to 1')
    .default(0.99),
  /** How long a search may take before it is given up. */
  INDEX_TIMEOUT_MS: wholeNumber({ min: 100, max: 4_500, fallback: 4_500 }),
}) {}
