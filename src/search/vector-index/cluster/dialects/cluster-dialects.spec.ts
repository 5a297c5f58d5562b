import { describe, expect, it } from '@jest/globals';
import { isAtLeast } from './cluster-dialect.ts';
import { elasticsearchDialect } from './elasticsearch-dialect.ts';
import { opensearchDialect } from './opensearch-dialect.ts';

const GRAPH = { m: 24, efConstruction: 200 };
const FILTER = { bool: { filter: [{ terms: { labels: ['dress'] } }] } };
const SEARCH = { vector: [0.6, 0.8], k: 11, effort: { candidates: 250, oversample: 3 } };

describe('the dialect of Elasticsearch', () => {
  const field = (indexType: 'int8_hnsw' | 'hnsw' | 'bbq_hnsw', version: string) =>
    elasticsearchDialect({ indexType, ...GRAPH }).embeddingField(1280, version);
  const fieldOf = (graph: object) => ({
    type: 'dense_vector',
    dims: 1280,
    index: true,
    similarity: 'cosine',
    index_options: { m: 24, ef_construction: 200, ...graph },
  });

  it.each(['int8_hnsw', 'bbq_hnsw'] as const)(
    'says how the graph is made, and that hits are compared by their float vectors: %s',
    (type) => {
      const rescored = fieldOf({ type, rescore_vector: { oversample: 3 } });
      for (const version of ['8.19.0', '8.19.9', '9.1.0', '9.4.2', '10.0.0']) {
        expect(field(type, version)).toEqual(rescored);
      }
      // These refuse an index with the option.
      for (const version of ['8.18.0', '8.18.8', '9.0.0', '9.0.4']) {
        expect(field(type, version)).toEqual(fieldOf({ type }));
      }
    },
  );

  it('does not rescore in a graph of float vectors', () => {
    expect(field('hnsw', '9.1.0')).toEqual(fieldOf({ type: 'hnsw' }));
  });

  it('adds rescoring to an index that lacks it, and changes nothing else', () => {
    const dialect = elasticsearchDialect({ indexType: 'hnsw', ...GRAPH });
    const updatedField = (field: object, version: string) => dialect.updatedField(field, version);
    const lacking = fieldOf({ type: 'int8_hnsw', m: 16 });
    const updated = fieldOf({ type: 'int8_hnsw', m: 16, rescore_vector: { oversample: 3 } });
    expect(updatedField(lacking, '8.19.9')).toEqual(updated);
    expect(updatedField(updated, '8.19.9')).toBeUndefined();
    expect(updatedField(lacking, '8.18.0')).toBeUndefined();
    expect(updatedField(fieldOf({ type: 'hnsw' }), '8.19.9')).toBeUndefined();
    expect(updatedField({}, '8.19.9')).toBeUndefined();
  });

  it('keeps vectors out of the source of documents, by itself if the server cannot', () => {
    const dialect = elasticsearchDialect({ indexType: 'hnsw', ...GRAPH });
    for (const version of ['8.18.0', '8.19.9', '9.0.4', '9.1.0']) {
      expect(dialect.settings(version)).toEqual({});
      expect(dialect.source(version)).toEqual({ _source: { excludes: ['embedding'] } });
    }
    for (const version of ['9.2.0', '9.4.2', '10.0.0']) {
      expect(dialect.settings(version)).toEqual({ 'mapping.exclude_source_vectors': true });
      expect(dialect.source(version)).toEqual({});
    }
  });

  it('searches with a top-level knn that contains the filter and rescores by the float vectors', () => {
    for (const indexType of ['int8_hnsw', 'bbq_hnsw'] as const) {
      const dialect = elasticsearchDialect({ indexType, ...GRAPH });
      expect(dialect.searchBody({ ...SEARCH, filter: FILTER })).toEqual({
        size: 11,
        _source: false,
        knn: {
          field: 'embedding',
          query_vector: [0.6, 0.8],
          k: 11,
          num_candidates: 250,
          filter: FILTER,
          rescore_vector: { oversample: 3 },
        },
      });
    }
  });

  it('does not rescore if the graph holds float vectors, and sends no empty filter', () => {
    const { knn } = elasticsearchDialect({ indexType: 'hnsw', ...GRAPH }).searchBody({
      ...SEARCH,
      filter: undefined,
    }) as { knn: object };
    expect(Object.keys(knn).sort()).toEqual(['field', 'k', 'num_candidates', 'query_vector']);
  });

  it('never rescores more than 10,000 candidates', () => {
    const body = elasticsearchDialect({ indexType: 'int8_hnsw', ...GRAPH }).searchBody({
      ...SEARCH,
      k: 8_000,
      filter: undefined,
    }) as { knn: { rescore_vector: { oversample: number } } };
    expect(body.knn.rescore_vector.oversample * 8_000).toBeLessThanOrEqual(10_000);
  });
});

describe('the dialect of OpenSearch', () => {
  it.each(['lucene', 'faiss'] as const)('specifies how the graph is built: %s', (engine) => {
    const dialect = opensearchDialect({ engine, ...GRAPH });
    expect(dialect.settings('2.12.0')).toEqual({ knn: true });
    expect(dialect.embeddingField(1280, '2.19.1')).toEqual({
      type: 'knn_vector',
      dimension: 1280,
      store: true,
      method: {
        name: 'hnsw',
        engine,
        space_type: 'cosinesimil',
        parameters: { m: 24, ef_construction: 200 },
      },
    });
  });

  it('keeps vectors out of the source of documents, and stores them beside it', () => {
    const dialect = opensearchDialect({ engine: 'lucene', ...GRAPH });
    for (const version of ['2.12.0', '2.19.1', '3.1.0']) {
      expect(dialect.source(version)).toEqual({ _source: { excludes: ['embedding'] } });
    }
    for (const version of ['2.19.1', '3.1.0']) {
      expect(dialect.settings(version)).toEqual({ knn: true, 'knn.derived_source.enabled': false });
    }
    expect(dialect.vectorsOfHits(true)).toEqual({ stored_fields: ['embedding'] });
    expect(dialect.vectorsOfHits(false)).toEqual({ fields: ['embedding'] });
  });

  it('searches with a knn query that contains the filter', () => {
    const dialect = opensearchDialect({ engine: 'faiss', ...GRAPH });
    expect(dialect.searchBody({ ...SEARCH, filter: FILTER })).toEqual({
      size: 11,
      _source: false,
      query: { knn: { embedding: { vector: [0.6, 0.8], k: 250, filter: FILTER } } },
    });
    expect(JSON.stringify(dialect.searchBody({ ...SEARCH, filter: undefined }))).not.toContain('filter');
  });
});

describe('isAtLeast', () => {
  it.each([
    ['8.18.0', true],
    ['8.19.9', true],
    ['9.0.0-beta1', true],
    ['10.0.0', true],
    ['8.17.6', false],
    ['8.2.0', false],
    ['7.19.0', false],
    ['unknown', false],
    ['', false],
  ])('compares %s with 8.18 by number', (version, expected) => {
    expect(isAtLeast(version, [8, 18])).toBe(expected);
  });
});
