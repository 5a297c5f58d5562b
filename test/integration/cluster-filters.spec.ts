import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AttributeType,
  matches,
  withLabels,
  type AttributeTest,
  type Attributes,
  type Filter,
} from '../../src/filters/index.ts';
import type { VectorEntry } from '../../src/search/vector-index/vector-index.port.ts';
import { clusteredVectors, seededRandom } from '../contracts/vectors.ts';
import { ClusterIndex } from '../fixtures/cluster-index.ts';
import type { Product } from '../fixtures/search-servers.ts';

const DIMENSION = 8;
const COUNT = 400;
const NAME = 'clothing-1';
const { STRING, NUMBER, BOOLEAN, DATE, STRINGS } = AttributeType;

const LABELS = ['dress', 'T-Shirt', 'Übergröße, "XL"'];
const BRANDS = [
  'ACME',
  'acme',
  'Größe & Söhne',
  'größe',
  '',
  '50 % *new?*',
  'C:\\x',
  '😀 Ａ',
  'Ａ 😀',
  'ſtraße',
];
const PRICES = [0, -0.5, 9.99, 10, 1e-300, 12_345_678_901, 0.1 + 0.2];
const DAYS = ['2026-11-28T00:00:00.000Z', '2026-11-28T00:00:00.001Z', '0000-01-01T00:00:00.000Z'].map(
  (text) => new Date(text),
);
const TAGS = [[], ['summer'], ['summer', 'sale %'], ['Summer'], ['']];

const random = seededRandom(8);
const one = <Value>(values: readonly Value[]) => values[Math.floor(random() * values.length)]!;
const often = () => random() < 0.7;

function someAttributes(): Attributes {
  return {
    ...(often() ? { brand: one(BRANDS) } : {}),
    ...(often() ? { price: one(PRICES) } : {}),
    ...(often() ? { stock: random() < 0.5 } : {}),
    ...(often() ? { since: one(DAYS) } : {}),
    ...(often() ? { größe_tags: one(TAGS) } : {}),
  };
}

function someTest(): Filter {
  const attribute = (name: string, type: AttributeType, test: AttributeTest): Filter => ({
    kind: 'attribute',
    name,
    type,
    test,
  });
  const range = <Value extends string | number | Date>(values: readonly Value[]): AttributeTest => {
    const [low, high] = [one(['gt', 'gte'] as const), one(['lt', 'lte'] as const)];
    return {
      op: 'range',
      ...(random() < 0.6 ? { [low]: one(values) } : { [high]: one(values) }),
      ...(random() < 0.4 ? { [high]: one(values) } : {}),
    };
  };
  const choices: (() => Filter)[] = [
    () => withLabels(random() < 0.5 ? [one(LABELS)] : [one(LABELS), one([...LABELS, 'unknown'])]),
    () => withLabels([]),
    () => attribute('brand', STRING, { op: 'in', values: [one(BRANDS), one(BRANDS)] }),
    () => attribute('brand', STRING, range([...BRANDS, 'm', '😀', 'Ａ'])),
    () =>
      attribute('brand', STRING, {
        op: 'contains',
        text: one(['AC', 'GRÖSSE', 'größe', '*', '?', '\\', 'Ö', '']),
      }),
    () => attribute('price', NUMBER, { op: 'in', values: [one(PRICES), 0.3] }),
    () => attribute('price', NUMBER, range(PRICES)),
    () => attribute('stock', BOOLEAN, { op: 'in', values: [one([true, false])] }),
    () => attribute('since', DATE, { op: 'in', values: [one(DAYS)] }),
    () => attribute('since', DATE, range([...DAYS, new Date('2026-11-28T09:30:00+01:00')])),
    () => attribute('größe_tags', STRINGS, { op: 'in', values: [one(['summer', 'sale %', 'Summer', ''])] }),
    () => attribute('brand', STRING, { op: 'in', values: [] }),
    () => attribute(one(['brand', 'price', 'none']), NUMBER, { op: 'exists' }),
    () => attribute('none', STRING, { op: 'contains', text: 'a' }),
    ...[['brand', STRING] as const, ['since', DATE] as const, ['größe_tags', STRINGS] as const].map(
      ([name, type]) =>
        () =>
          attribute(name, type, { op: 'exists' }),
    ),
  ];
  return one(choices)();
}

function someFilter(depth = 3): Filter {
  if (depth === 0 || random() < 0.3) return someTest();
  const kind = one(['and', 'or', 'not'] as const);
  if (kind === 'not') return { kind, filter: someFilter(depth - 1) };
  return { kind, filters: Array.from({ length: one([0, 1, 2, 2, 3]) }, () => someFilter(depth - 1)) };
}

const entries = clusteredVectors(COUNT, DIMENSION, 4, seededRandom(2)).map((vector, at): VectorEntry => ({
  id: at + 1,
  vector,
  externalId: `picture ${at + 1}`,
  labels: [one(LABELS)],
  attributes: someAttributes(),
}));
const filters = Array.from({ length: 300 }, () => someFilter());

describe.each<[Product, boolean]>([
  ['elasticsearch', false],
  ['opensearch', false],
  ['elasticsearch', true],
  ['opensearch', true],
])('filters on %s (routed by label: %s)', (product, routeByLabel) => {
  let cluster: ClusterIndex;

  beforeAll(async () => {
    cluster = await ClusterIndex.make(product, { shards: routeByLabel ? 3 : 1, routeByLabel });
    const { index } = cluster;
    await index.create({ name: NAME, dimension: DIMENSION, model: 'm' });
    await index.upsert(NAME, entries.slice(0, 150));
    async function* rest() {
      yield* entries.slice(150);
    }
    expect(await index.load(NAME, rest())).toEqual([]);
    await index.optimise(NAME);
  });
  afterAll(() => cluster.remove());

  it('select what they mean', async () => {
    const vector = entries[0]!.vector;
    for (const filter of filters) {
      const found = await cluster.index.search(NAME, { vector, k: COUNT, filter });
      const ids = found.matches.map(({ id }) => id).sort((a, b) => a - b);
      const expected = entries.filter(({ labels, attributes = {} }) =>
        matches(filter, { labels, attributes }),
      );
      expect({ filter, ids }).toEqual({ filter, ids: expected.map(({ id }) => id) });
    }
  });

  it('see updated facts, and no more than those', async () => {
    const { index } = cluster;
    const changed = entries.slice(0, 40).map((entry, at) => ({
      ...entry,
      labels: [LABELS[at % LABELS.length]!],
      attributes: { colour: 'red', ...(at % 2 === 0 ? { brand: 'other' } : {}) },
    }));
    const before = await index.vectors(NAME, [1, 2, 3]);
    await index.update(
      NAME,
      changed.map(({ vector: _vector, ...facts }) => facts),
    );
    expect(await index.vectors(NAME, [1, 2, 3])).toEqual(before);
    expect(await index.count(NAME)).toBe(COUNT);
    const now = [...changed, ...entries.slice(40)];
    const tests: Filter[] = [
      { kind: 'attribute', name: 'colour', type: STRING, test: { op: 'in', values: ['red'] } },
      { kind: 'attribute', name: 'brand', type: STRING, test: { op: 'exists' } },
      { kind: 'attribute', name: 'price', type: NUMBER, test: { op: 'exists' } },
      ...LABELS.map((label) => withLabels([label])),
    ];
    for (const filter of tests) {
      const found = await index.search(NAME, { vector: entries[0]!.vector, k: COUNT, filter });
      const expected = now.filter(({ labels, attributes = {} }) => matches(filter, { labels, attributes }));
      const ids = found.matches.map(({ id }) => id).sort((a, b) => a - b);
      expect({ filter, ids }).toEqual({ filter, ids: expected.map(({ id }) => id) });
    }
  });
});
