import { searchServerRefused } from '../../../search.errors.ts';
import { isAtLeast, SOURCE_WITHOUT_VECTORS, type ClusterDialect } from './cluster-dialect.ts';

export type OpensearchEngine = 'lucene' | 'faiss';

/** The first version whose lucene engine accepts vectors of more than 1,024 dimensions. */
const OLDEST = [2, 12] as const;

export function opensearchDialect(options: {
  readonly engine: OpensearchEngine;
  readonly m: number;
  readonly efConstruction: number;
}): ClusterDialect {
  return {
    kind: 'opensearch',
    settings: (version) => ({
      knn: true,
      // Otherwise OpenSearch 3 puts vectors back into the source.
      ...(isAtLeast(version, [2, 19]) ? { 'knn.derived_source.enabled': false } : {}),
    }),
    source: () => SOURCE_WITHOUT_VECTORS,
    vectorsOfHits: (stored) => (stored ? { stored_fields: ['embedding'] } : { fields: ['embedding'] }),
    embeddingField: (dimension) => ({
      type: 'knn_vector',
      dimension,
      // Without this, vectors that are not in the source could not be read.
      store: true,
      method: {
        name: 'hnsw',
        engine: options.engine,
        space_type: 'cosinesimil',
        parameters: { m: options.m, ef_construction: options.efConstruction },
      },
    }),
    updatedField: () => undefined,
    searchBody: ({ vector, k, effort, filter }) => ({
      size: k,
      _source: false,
      // In OpenSearch, k is the number of candidates from the graph, and size the number of hits.
      query: {
        knn: {
          embedding: { vector, k: effort.candidates, ...(filter === undefined ? {} : { filter }) },
        },
      },
    }),
    assertSupported({ distribution, version }) {
      if (distribution !== 'opensearch') {
        throw searchServerRefused(
          `The server does not identify itself as OpenSearch (version ${version}). If it is Elasticsearch, set VECTOR_INDEX to elasticsearch.`,
        );
      }
      if (!isAtLeast(version, OLDEST)) {
        throw searchServerRefused(
          `OpenSearch ${version} is too old: ${OLDEST.join('.')} is the first that indexes vectors of more than 1,024 dimensions. Upgrade it.`,
        );
      }
    },
  };
}
