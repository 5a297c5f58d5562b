import { Injectable } from '@nestjs/common';
import { ImageFilters, type FacetCount, type FacetRequest, type Image } from '../../datasets/index.ts';
import type { AttributeValue, Filter } from '../../filters/index.ts';
import { facetsInvalid } from '../search.errors.ts';
import { groupKey, valueOf } from './leaders.ts';
import { SEARCH_LIMITS, type Facet } from './similar-images.ts';

/** Values are counted in each dataset before they are added up: the commonest of all may be rare in one. */
const COUNTED_IN_EACH = 10_000;

/** Counts the labels and the values of attributes, over all images that a search chooses from and over its hits. */
@Injectable()
export class SearchFacets {
  constructor(private readonly filters: ImageFilters) {}

  /** Rejects with `FACETS_INVALID`, and with `ATTRIBUTE_UNKNOWN` for one that none of the datasets has. */
  async assertValid(requests: readonly FacetRequest[], datasetIds: readonly number[]): Promise<void> {
    if (requests.length > SEARCH_LIMITS.facets) {
      throw facetsInvalid(`there are ${requests.length}, and at most ${SEARCH_LIMITS.facets} are allowed`);
    }
    for (const { attribute, first } of requests) {
      if (!Number.isInteger(first) || first < 1 || first > SEARCH_LIMITS.facetValues) {
        throw facetsInvalid(`"first" must be from 1 to ${SEARCH_LIMITS.facetValues}, not ${first}`);
      }
      if (attribute !== undefined) await this.filters.assertAttributeKnown(datasetIds, attribute);
    }
  }

  /** In the order of the requests. `filters` are those of the datasets; all images are counted without one. */
  async count(
    requests: readonly FacetRequest[],
    datasetIds: readonly number[],
    filters: ReadonlyMap<number, Filter>,
    hits: readonly Image[],
  ): Promise<Facet[]> {
    if (requests.length === 0) return [];
    const each =
      datasetIds.length === 1
        ? requests
        : requests.map((request) => ({ ...request, first: COUNTED_IN_EACH }));
    const counts: FacetCount[][][] = [];
    for (const id of datasetIds) counts.push(await this.filters.countFacets(id, filters.get(id), each));
    return requests.map((request, at) => ({
      attribute: request.attribute ?? null,
      values: withHits(
        commonest(
          counts.flatMap((ofDataset) => ofDataset[at] ?? []),
          request.first,
        ),
        hitCounts(request, hits),
      ),
    }));
  }
}

function commonest(counts: readonly FacetCount[], first: number): FacetCount[] {
  const sums = new Map<string, FacetCount>();
  for (const { value, label, count } of counts) {
    const key = groupKey(value);
    sums.set(key, { value, label, count: (sums.get(key)?.count ?? 0) + count });
  }
  return [...sums.values()].sort((a, b) => b.count - a.count).slice(0, first);
}

function hitCounts(request: FacetRequest, hits: readonly Image[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const image of hits) {
    const values = request.attribute === undefined ? image.labels : listOf(image, request.attribute);
    for (const key of new Set(values.map(groupKey))) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function listOf({ attributes }: Image, name: string): readonly AttributeValue[] {
  const value = valueOf(attributes, name);
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly string[]) : [value];
}

function withHits(counts: readonly FacetCount[], hits: ReadonlyMap<string, number>): Facet['values'] {
  return counts.map(({ value, label, count }) => ({
    value,
    name: label ?? null,
    count,
    hitCount: hits.get(groupKey(value)) ?? 0,
  }));
}
