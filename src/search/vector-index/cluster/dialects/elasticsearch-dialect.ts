import { searchServerRefused } from '../../../search.errors.ts';
import { isAtLeast, type ClusterDialect } from './cluster-dialect.ts';
import { MAX_CANDIDATES } from '../search-effort.ts';

export type ElasticsearchIndexType = 'int8_hnsw' | 'hnsw' | 'bbq_hnsw';

/** The first version that compares candidates by their float vectors (`rescore_vector`). */
const OLDEST = [8, 18] as const;

export function elasticsearchDialect(options: {
  readonly indexType: ElasticsearchIndexType;
  readonly m: number;
  readonly efConstruction: number;
}): ClusterDialect {
  const isRounded = options.indexType !== 'hnsw';
  return {
    kind: 'elasticsearch',
    settings: {},
    embeddingField: (dimension) => ({
      type: 'dense_vector',
      dims: dimension,
      index: true,
      similarity: 'cosine',
      // Never left to the server, whose choice changes from version to version.
      index_options: { type: options.indexType, m: options.m, ef_construction: options.efConstruction },
    }),
    searchBody: ({ vector, k, effort, filter }) => ({
      size: k,
      _source: false,
      knn: {
        field: 'embedding',
        query_vector: vector,
        k,
        num_candidates: effort.candidates,
        ...(filter === undefined ? {} : { filter }),
        ...(isRounded
          ? { rescore_vector: { oversample: Math.min(effort.oversample, MAX_CANDIDATES / k) } }
          : {}),
      },
    }),
    assertSupported({ distribution, version }) {
      if (distribution !== undefined) {
        throw searchServerRefused(
          `The server is ${distribution} ${version} and not Elasticsearch. Set VECTOR_INDEX to opensearch if that is what it is.`,
        );
      }
      if (!isAtLeast(version, OLDEST)) {
        throw searchServerRefused(
          `Elasticsearch ${version} is too old: ${OLDEST.join('.')} is the first that compares candidates by their float vectors. Upgrade it.`,
        );
      }
    },
  };
}
