/** The kinds of searches that are measured: without a filter, with filters of several selectivities, and deep ones. */
import type { Attributes, Filter } from '../src/filters/index.ts';
import { seededRandom } from '../test/contracts/vectors.ts';
import { RANDOM_LABELS, type BenchData } from './vectors.ts';

export interface SearchKind {
  readonly name: string;
  readonly k: number;
  /** The filter of a query; undefined if there is none. */
  readonly filter?: (query: number) => Filter;
  /** Whether a vector passes the filter of a query. */
  readonly passes: (vector: number, query: number) => boolean;
}

/** Attributes that say nothing of the position of a vector: one of n brands for several n, and a price from 0 to 1. */
export interface BenchAttributes extends Attributes {
  readonly brand1000: string;
  readonly brand100: string;
  readonly brand10: string;
  readonly brand2: string;
  readonly price: number;
}

export function makeAttributes(count: number, seed: number): BenchAttributes[] {
  const random = seededRandom(seed);
  const brandOf = (brands: number) => `brand ${Math.floor(random() * brands)}`;
  return Array.from({ length: count }, () => ({
    brand1000: brandOf(1000),
    brand100: brandOf(100),
    brand10: brandOf(10),
    brand2: brandOf(2),
    price: random(),
  }));
}

const BRANDS = { '0.1 %': 'brand1000', '1 %': 'brand100', '10 %': 'brand10', '50 %': 'brand2' } as const;
const SHARES = { '0.1 %': 0.001, '1 %': 0.01, '10 %': 0.1, '50 %': 0.5 } as const;
type Share = keyof typeof SHARES;

export function searchKinds(
  data: BenchData,
  attributes: readonly BenchAttributes[],
  k: number,
): SearchKind[] {
  const labelled = (label: string): SearchKind => ({
    name: `label, ${label}`,
    k,
    filter: () => ({ kind: 'labels', labels: [label] }),
    passes: (vector) => data.labels[vector]!.includes(label),
  });
  const branded = (share: Share): SearchKind => ({
    name: `equality, ${share}`,
    k,
    filter: () => brandFilter(BRANDS[share]),
    passes: (vector) => attributes[vector]![BRANDS[share]] === 'brand 0',
  });
  const priced = (share: Share): SearchKind => ({
    name: `range, ${share}`,
    k,
    filter: () => priceFilter(0.3, 0.3 + SHARES[share]),
    passes: (vector) => isWithin(attributes[vector]!.price, 0.3, SHARES[share]),
  });
  const from = (query: number) => 0.001 * query;
  const shares = Object.keys(SHARES) as Share[];
  return [
    { name: 'no filter', k, passes: () => true },
    ...Object.keys(RANDOM_LABELS).map(labelled),
    labelled('region 3'),
    ...shares.map(branded),
    ...shares.map(priced),
    {
      name: 'range, 1 %, another one each time',
      k,
      filter: (query) => priceFilter(from(query), from(query) + 0.01),
      passes: (vector, query) => isWithin(attributes[vector]!.price, from(query), 0.01),
    },
    {
      name: 'equality, 10 %, and range, 10 %',
      k,
      filter: () => ({ kind: 'and', filters: [brandFilter('brand10'), priceFilter(0.3, 0.4)] }),
      passes: (vector) =>
        attributes[vector]!.brand10 === 'brand 0' && isWithin(attributes[vector]!.price, 0.3, 0.1),
    },
    {
      name: 'equality, 10 %, and label, region 3',
      k,
      filter: () => ({
        kind: 'and',
        filters: [brandFilter('brand10'), { kind: 'labels', labels: ['region 3'] }],
      }),
      passes: (vector) =>
        attributes[vector]!.brand10 === 'brand 0' && data.labels[vector]!.includes('region 3'),
    },
    {
      name: 'not (equality, 1 %)',
      k,
      filter: () => ({ kind: 'not', filter: brandFilter('brand100') }),
      passes: (vector) => attributes[vector]!.brand100 !== 'brand 0',
    },
    ...[100, 1_000, 10_000].map((deep): SearchKind => ({
      name: `no filter, k = ${deep}`,
      k: deep,
      passes: () => true,
    })),
    { ...branded('10 %'), name: 'equality, 10 %, k = 1000', k: 1_000 },
  ];
}

function brandFilter(name: string): Filter {
  return { kind: 'attribute', name, type: 'STRING' as never, test: { op: 'in', values: ['brand 0'] } };
}

function priceFilter(gte: number, lt: number): Filter {
  return { kind: 'attribute', name: 'price', type: 'NUMBER' as never, test: { op: 'range', gte, lt } };
}

function isWithin(price: number, from: number, width: number): boolean {
  return price >= from && price < from + width;
}
