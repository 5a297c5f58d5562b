import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AttributeType, type Attributes, type Filter } from '../../src/filters/index.ts';
import type { VectorEntry } from '../../src/search/vector-index/vector-index.port.ts';
import { bruteForce, clusteredVectors, seededRandom } from '../contracts/vectors.ts';
import { ClusterIndex } from '../fixtures/cluster-index.ts';
import type { Product } from '../fixtures/search-servers.ts';

const DIMENSION = 8;
const NAME = 'clothing-1';
const vectors = clusteredVectors(12_000, DIMENSION, 50, seededRandom(6));

const entry = (id: number, attributes?: Attributes): VectorEntry => ({
  id,
  vector: vectors[id - 1]!,
  labels: ['dress'],
  externalId: `image ${id}`,
  attributes,
});

async function* stream(entries: readonly VectorEntry[]): AsyncGenerator<VectorEntry> {
  yield* entries;
}

describe.each<Product>(['elasticsearch', 'opensearch'])('the documents on %s', (product) => {
  let cluster: ClusterIndex;

  beforeEach(async () => {
    cluster = await ClusterIndex.make(product);
    await cluster.index.create({ name: NAME, dimension: DIMENSION, model: 'm', dataset: 'clothing' });
  });
  afterEach(() => cluster.remove());

  it('hold everything that is known of an image, in fields of its type', async () => {
    const { index, curl, physical } = cluster;
    const attributes: Attributes = {
      brand: '2026-11-28',
      price: 12,
      stock: true,
      since: new Date('2026-11-28T09:00:00Z'),
      tags: ['a', 'b'],
      none: [],
    };
    await index.upsert(NAME, [
      {
        ...entry(1, attributes),
        fileName: 'shirt.jpg',
        labelNames: ['Dress'],
        sourceUrl: 'https://shop.example/shirt.jpg?size=1',
      },
    ]);
    const { body } = await curl('GET', `/${physical(NAME)}/_doc/1`);
    expect(body._source).toEqual({
      image_name: 'shirt.jpg',
      external_id: 'image 1',
      labels: ['dress'],
      label_names: ['Dress'],
      source: 'https://shop.example/shirt.jpg?size=1',
      attributes: { ...attributes, since: '2026-11-28T09:00:00.000Z' },
      empty_attributes: ['none'],
    });
    interface Mapping {
      mappings: { properties: { attributes: { properties: Record<string, { type: string }> } } };
    }
    const { body: mapping } = await curl<Record<string, Mapping>>('GET', `/${physical(NAME)}/_mapping`);
    const fields = Object.entries(mapping[physical(NAME)]!.mappings.properties.attributes.properties);
    expect(Object.fromEntries(fields.map(([name, { type }]) => [name, type]))).toEqual({
      brand: 'keyword',
      price: 'double',
      stock: 'boolean',
      since: 'date',
      tags: 'keyword',
      none: 'keyword',
    });
  });

  it('keep their vectors, however often their facts are updated', async () => {
    await cluster.index.upsert(NAME, [entry(1), entry(2)]);
    const before = await cluster.index.vectors(NAME, [1, 2]);
    for (let price = 0; price < 10; price += 1) {
      await cluster.index.update(NAME, [
        { id: 1, labels: ['dress'], externalId: 'image 1', attributes: { price } },
      ]);
    }
    const after = await cluster.index.vectors(NAME, [1, 2]);
    for (const [id, vector] of before) {
      for (const [axis, value] of vector.entries()) expect(after.get(id)![axis]).toBeCloseTo(value, 6);
    }
  });

  it('are refused if an attribute has another type than before, and the others are written', async () => {
    const { index } = cluster;
    await index.upsert(NAME, [entry(1, { price: 12 })]);
    const wrong = {
      code: 'VECTOR_REJECTED',
      message: expect.stringContaining('"price" of "image 2"') as unknown,
    };
    await expect(index.upsert(NAME, [entry(3), entry(2, { price: '12 €' })])).rejects.toMatchObject(wrong);
    expect(await index.count(NAME)).toBe(1);
    const rejected = await index.load(NAME, stream([entry(2, { price: '12 €' }), entry(3, { price: 4 })]));
    expect(rejected).toEqual([expect.objectContaining({ id: 2, externalId: 'image 2', ...wrong })]);
    await index.optimise(NAME);
    expect(await index.count(NAME)).toBe(2);
    const mixed = [entry(4, { size: 1 }), entry(5, { size: 'L' })];
    await expect(index.upsert(NAME, mixed)).rejects.toMatchObject({ code: 'VECTOR_REJECTED' });
  });

  it('have at most 256 attributes altogether', async () => {
    const { index } = cluster;
    const attributes = Object.fromEntries(Array.from({ length: 256 }, (_, at) => [`attribute_${at}`, at]));
    await index.upsert(NAME, [entry(1, attributes)]);
    await expect(index.upsert(NAME, [entry(2, { another: 1 })])).rejects.toMatchObject({
      code: 'VECTOR_REJECTED',
      message: expect.stringContaining('more than 256 different attributes') as unknown,
    });
    await index.upsert(NAME, [entry(2, { attribute_7: 1 })]);
    expect(await index.count(NAME)).toBe(2);
  });

  it('may have attributes with the names of parts of objects', async () => {
    const { index } = cluster;
    const names = ['__proto__', 'constructor', 'prototype', 'toString', '_id', '_source', 'x-1'];
    const attributes = Object.fromEntries(names.map((name) => [name, name]));
    await index.upsert(NAME, [entry(1, attributes), entry(2)]);
    for (const name of names) {
      const filter: Filter = {
        kind: 'attribute',
        name,
        type: AttributeType.STRING,
        test: { op: 'in', values: [name] },
      };
      const { matches } = await index.search(NAME, { vector: vectors[0]!, k: 5, filter });
      expect({ name, ids: matches.map(({ id }) => id) }).toEqual({ name, ids: [1] });
    }
    await index.upsert(NAME, [entry(2, { more: 1 })]);
  });

  it('are found up to the 10,000th', async () => {
    const { index } = cluster;
    const entries = vectors.map((_, at) => entry(at + 1, { half: at % 2 }));
    expect(await index.load(NAME, stream(entries))).toEqual([]);
    await index.optimise(NAME);
    const query = vectors[0]!;
    for (const k of [5_000, 9_999, 10_000]) {
      const { matches } = await index.search(NAME, { vector: query, k });
      const truth = new Set(bruteForce(entries, query, k).map(({ id }) => id));
      expect(matches).toHaveLength(k);
      // A graph of rounded vectors gives 10,000 candidates at most, so there are none to spare.
      const least = product === 'elasticsearch' && k > 5_000 ? 0.97 : 0.99;
      expect(matches.filter(({ id }) => truth.has(id)).length / k).toBeGreaterThanOrEqual(least);
    }
    const filter: Filter = {
      kind: 'attribute',
      name: 'half',
      type: AttributeType.NUMBER,
      test: { op: 'in', values: [1] },
    };
    const { matches } = await index.search(NAME, { vector: query, k: 10_000, filter });
    expect(matches).toHaveLength(6_000);
  });
});
