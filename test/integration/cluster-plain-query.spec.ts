import { afterEach, describe, expect, it } from '@jest/globals';
import type { VectorEntry } from '../../src/search/vector-index/vector-index.port.ts';
import { bruteForce, seededRandom, unit } from '../contracts/vectors.ts';
import { ClusterIndex, type ClusterIndexOptions } from '../fixtures/cluster-index.ts';
import type { Product } from '../fixtures/search-servers.ts';

const DIMENSION = 128;
const COUNT = 3_000;
const QUERIES = 40;
const K = 10;
const LABELS = ['dress', 'hat'];

interface Hits {
  readonly hits: { readonly hits: readonly { _id: string; _score: number }[] };
}

/** Like projected embeddings: the last dimensions carry little variance, which rounding affects most. */
function projectedVectors(count: number): Float32Array[] {
  const random = seededRandom(17);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const spread = Array.from(
    { length: DIMENSION },
    (_, axis) => 0.35 * (0.04 / 0.35) ** (axis / (DIMENSION - 1)),
  );
  return Array.from({ length: count }, () => unit(spread.map((deviation) => deviation * normal())));
}

async function* stream(entries: readonly VectorEntry[]): AsyncGenerator<VectorEntry> {
  yield* entries;
}

/** The query of another program: just the vector. */
function plainQuery(product: Product, vector: Float32Array): object {
  const numbers = Array.from(vector);
  return product === 'elasticsearch'
    ? { _source: false, knn: { field: 'embedding', query_vector: numbers, k: K, num_candidates: 100 } }
    : { _source: false, size: K, query: { knn: { embedding: { vector: numbers, k: 100 } } } };
}

const cases: [Product, ClusterIndexOptions, number][] = [
  ['elasticsearch', { indexType: 'int8_hnsw' }, 0.99],
  ['elasticsearch', { indexType: 'hnsw' }, 0.99],
  // With one bit per dimension some neighbours are missed, but all hits are scored exactly.
  ['elasticsearch', { indexType: 'bbq_hnsw' }, 0.8],
  ['opensearch', {}, 0.99],
];

describe.each(cases)('a plain query on %s (%j)', (product, options, least) => {
  let cluster: ClusterIndex;
  afterEach(() => cluster.remove());

  it('finds the nearest entries of a dataset or label and scores them by their true cosine', async () => {
    const vectors = projectedVectors(COUNT + QUERIES);
    const entries = vectors.slice(0, COUNT).map((vector, at) => ({
      id: at + 1,
      vector,
      labels: [LABELS[at % LABELS.length]!],
      externalId: `${at}`,
    }));
    cluster = await ClusterIndex.make(product, options);
    const { index, prefix } = cluster;
    await index.create({ name: 'clothing-1', dimension: DIMENSION, model: 'm', dataset: 'clothing' });
    expect(await index.load('clothing-1', stream(entries))).toEqual([]);
    await index.optimise('clothing-1');
    await index.publish('clothing-1');

    // OpenSearch applies the filter of an alias afterwards: see docs/operations.md.
    const aliases = product === 'elasticsearch' ? ['', ...LABELS.map((label) => `.${label}`)] : [''];
    for (const alias of aliases) {
      const there = entries.filter(({ labels }) => alias === '' || alias === `.${labels[0]}`);
      let found = 0;
      let error = 0;
      for (const vector of vectors.slice(COUNT)) {
        const { body } = await cluster.curl<Hits>(
          'POST',
          `/${prefix}.clothing${alias}/_search`,
          plainQuery(product, vector),
        );
        const truth = new Map(bruteForce(there, vector, COUNT).map(({ id, score }) => [id, score]));
        const nearest = new Set([...truth.keys()].slice(0, K));
        expect(body.hits.hits).toHaveLength(K);
        for (const { _id, _score } of body.hits.hits) {
          error = Math.max(error, Math.abs(2 * _score - 1 - (truth.get(Number(_id)) ?? Infinity)));
          if (nearest.has(Number(_id))) found += 1;
        }
      }
      expect(error).toBeLessThan(1e-4);
      expect(found / (QUERIES * K)).toBeGreaterThanOrEqual(least);
    }
  });
});

it('adds rescoring by float vectors to an index that lacks it', async () => {
  const cluster = await ClusterIndex.make('elasticsearch', { indexType: 'int8_hnsw' });
  try {
    await cluster.index.create({ name: 'clothing-1', dimension: DIMENSION, model: 'm' });
    const physical = cluster.physical('clothing-1');
    interface Field {
      index_options: { type: string; m: number; rescore_vector?: object };
    }
    const fieldOf = async () => {
      const { body } = await cluster.curl<Record<string, { mappings: { properties: { embedding: Field } } }>>(
        'GET',
        `/${physical}/_mapping`,
      );
      return { mappings: body[physical]!.mappings, field: body[physical]!.mappings.properties.embedding };
    };
    const { mappings, field } = await fieldOf();
    expect(field.index_options).toMatchObject({
      type: 'int8_hnsw',
      m: 16,
      rescore_vector: { oversample: 3 },
    });
    delete field.index_options.rescore_vector;
    await cluster.curl('DELETE', `/${physical}`);
    await cluster.curl('PUT', `/${physical}`, { mappings, aliases: { [`${physical}.own`]: {} } });
    expect((await fieldOf()).field.index_options.rescore_vector).toBeUndefined();

    await cluster.index.optimise('clothing-1');
    const { field: updated } = await fieldOf();
    expect(updated.index_options).toMatchObject({ type: 'int8_hnsw', rescore_vector: { oversample: 3 } });
  } finally {
    await cluster.remove();
  }
});
