import { searchServerRefused } from '../../../search.errors.ts';
import { isAtLeast, type ClusterDialect } from './cluster-dialect.ts';

export type OpensearchEngine = 'lucene' | 'faiss';

/** The first version whose lucene engine takes vectors of more than 1,024 numbers. */
const OLDEST = [2, 12] as const;

export function opensearchDialect(options: {
  readonly engine: OpensearchEngine;
  readonly m: number;
  readonly efConstruction: number;
}): ClusterDialect {
  return {
    kind: 'opensearch',
    settings: { knn: true },
    embeddingField: (dimension) => ({
      type: 'knn_vector',
      dimension,
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
      // Here k is what the graph is asked for, and size what is given of it.
      query: {
        knn: {
          embedding: { vector, k: effort.candidates, ...(filter === undefined ? {} : { filter }) },
        },
      },
    }),
    assertSupported({ distribution, version }) {
      if (distribution !== 'opensearch') {
        throw searchServerRefused(
          `The server does not say that it is OpenSearch (version ${version}). Set VECTOR_INDEX to elasticsearch if that is what it is.`,
        );
      }
      if (!isAtLeast(version, OLDEST)) {
        throw searchServerRefused(
          `OpenSearch ${version} is too old: ${OLDEST.join('.')} is the first that indexes vectors of more than 1,024 numbers. Upgrade it.`,
        );
      }
    },
  };
}
