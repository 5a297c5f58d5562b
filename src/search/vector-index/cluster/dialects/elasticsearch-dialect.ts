import { searchServerRefused } from '../../../search.errors.ts';
import { isAtLeast, SOURCE_WITHOUT_VECTORS, type ClusterDialect } from './cluster-dialect.ts';
import { MAX_CANDIDATES } from '../search/search-effort.ts';

export type ElasticsearchIndexType = 'int8_hnsw' | 'hnsw' | 'bbq_hnsw';

/** The first version that compares candidates by their float vectors (`rescore_vector`). */
const OLDEST = [8, 18] as const;

/**
 * How many candidates a search compares by their float vectors, as a multiple of k, if it does not specify this
 * itself. It applies to the plain queries of other programs.
 */
const RESCORED_BY_DEFAULT = { oversample: 3 };

/** The mapping of the field. `type` determines whether the graph holds rounded vectors. */
interface DenseVectorField {
  readonly index_options?: { readonly type?: string; readonly rescore_vector?: object };
}

const isRounded = (type: string) => type !== 'hnsw';

/** 8.18 and 9.0 accept `rescore_vector` in searches, but not in mappings. */
function supportsRescoringInMappings(version: string): boolean {
  return isAtLeast(version, version.startsWith('8.') ? [8, 19] : [9, 1]);
}

/** From 9.2, the server itself keeps vectors out of the source, and puts them back where they are needed. */
function hidesVectors(version: string): boolean {
  return isAtLeast(version, [9, 2]);
}

export function elasticsearchDialect(options: {
  readonly indexType: ElasticsearchIndexType;
  readonly m: number;
  readonly efConstruction: number;
}): ClusterDialect {
  return {
    kind: 'elasticsearch',
    settings: (version) => (hidesVectors(version) ? { 'mapping.exclude_source_vectors': true } : {}),
    source: (version) => (hidesVectors(version) ? {} : SOURCE_WITHOUT_VECTORS),
    vectorsOfHits: () => ({ docvalue_fields: ['embedding'] }),
    embeddingField: (dimension, version) => ({
      type: 'dense_vector',
      dims: dimension,
      index: true,
      similarity: 'cosine',
      // Always explicit, because the server's default changes from version to version.
      index_options: {
        type: options.indexType,
        m: options.m,
        ef_construction: options.efConstruction,
        ...(isRounded(options.indexType) && supportsRescoringInMappings(version)
          ? { rescore_vector: RESCORED_BY_DEFAULT }
          : {}),
      },
    }),
    updatedField(field: DenseVectorField, version) {
      const { index_options: graph = {} } = field;
      if (graph.type === undefined || !isRounded(graph.type) || graph.rescore_vector !== undefined) return;
      if (!supportsRescoringInMappings(version)) return;
      return { ...field, index_options: { ...graph, rescore_vector: RESCORED_BY_DEFAULT } };
    },
    searchBody: ({ vector, k, effort, filter }) => ({
      size: k,
      _source: false,
      knn: {
        field: 'embedding',
        query_vector: vector,
        k,
        num_candidates: effort.candidates,
        ...(filter === undefined ? {} : { filter }),
        ...(isRounded(options.indexType)
          ? { rescore_vector: { oversample: Math.min(effort.oversample, MAX_CANDIDATES / k) } }
          : {}),
      },
    }),
    assertSupported({ distribution, version }) {
      if (distribution !== undefined) {
        throw searchServerRefused(
          `The server is ${distribution} ${version} and not Elasticsearch. If it is OpenSearch, set VECTOR_INDEX to opensearch.`,
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
