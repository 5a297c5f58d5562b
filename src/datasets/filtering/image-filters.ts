import { Injectable } from '@nestjs/common';
import { nearNames } from '../../common/index.ts';
import {
  attributeMistyped,
  attributeUnknown,
  resolveFilter,
  type AttributeType,
  type Filter,
  type FilterRequest,
} from '../../filters/index.ts';
import { AttributeRepository } from '../attributes/attribute.repository.ts';
import { DatasetsService } from '../catalogue/datasets.service.ts';
import { FacetRepository } from './facet.repository.ts';
import type { FacetCount, FacetRequest } from './facets.ts';

type Types = ReadonlyMap<string, AttributeType>;

/** Filters as clients write them, and counts over what they select. */
@Injectable()
export class ImageFilters {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly attributes: AttributeRepository,
    private readonly facets: FacetRepository,
  ) {}

  /**
   * What a filter means in each of the datasets. A label is given by its key or its name. If a dataset lacks a label
   * or an attribute that another has, or has the attribute with a type that the filter does not fit, no image of it
   * passes the test.
   *
   * Rejects with `FILTER_INVALID`, also if the values fit the attribute in none of the datasets, and with
   * `ATTRIBUTE_UNKNOWN` or `LABEL_UNKNOWN` if none of them has one.
   *
   * @example
   * const filters = await imageFilters.resolve({ attribute: { name: 'price', lt: 50 } }, [dataset.id]);
   * await images.list(dataset.id, { limit: 20, filter: filters.get(dataset.id) });
   */
  async resolve(request: FilterRequest, datasetIds: readonly number[]): Promise<Map<number, Filter>> {
    const types = await this.typesOf(datasetIds);
    const near = (name: string) => nearNames(name, namesIn(types));
    const { filters: written, mismatch } = resolveFilter(request, types, near);
    if (mismatch !== undefined) {
      throw attributeMistyped(mismatch, (await this.datasets.get(mismatch.datasetId)).name);
    }
    const labels = new Set([...written.values()].flatMap(labelsIn));
    if (labels.size === 0) return written;
    const keys = await this.datasets.resolveLabels(datasetIds, [...labels]);
    return new Map([...written].map(([id, filter]) => [id, withKeys(filter, keys.get(id) ?? new Map())]));
  }

  /**
   * For each request, the commonest values or labels of the images of a dataset that the filter selects, the most
   * frequent first. An attribute that the dataset does not have has no values.
   */
  async countFacets(
    datasetId: number,
    filter: Filter | undefined,
    requests: readonly FacetRequest[],
  ): Promise<FacetCount[][]> {
    const counts = [];
    for (const request of requests) counts.push(await this.facets.count(datasetId, filter, request));
    return counts;
  }

  /** Rejects with `ATTRIBUTE_UNKNOWN` unless at least one of the datasets has the attribute. Resolves with its types. */
  async assertAttributeKnown(
    datasetIds: readonly number[],
    name: string,
  ): Promise<ReadonlySet<AttributeType>> {
    const types = await this.typesOf(datasetIds);
    const found = new Set([...types.values()].flatMap((own) => own.get(name) ?? []));
    if (found.size === 0) {
      throw attributeUnknown(name, nearNames(name, namesIn(types)));
    }
    return found;
  }

  private async typesOf(datasetIds: readonly number[]): Promise<Map<number, Types>> {
    const types = new Map<number, Types>();
    for (const id of datasetIds) types.set(id, await this.attributes.types(id));
    return types;
  }
}

function namesIn(types: ReadonlyMap<number, Types>): ReadonlySet<string> {
  return new Set([...types.values()].flatMap((own) => [...own.keys()]));
}

function labelsIn(filter: Filter): readonly string[] {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.filters.flatMap(labelsIn);
    case 'not':
      return labelsIn(filter.filter);
    case 'labels':
      return filter.labels;
    case 'attribute':
      return [];
  }
}

function withKeys(filter: Filter, keys: ReadonlyMap<string, readonly string[]>): Filter {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return { ...filter, filters: filter.filters.map((one) => withKeys(one, keys)) };
    case 'not':
      return { ...filter, filter: withKeys(filter.filter, keys) };
    case 'labels':
      return { ...filter, labels: [...new Set(filter.labels.flatMap((label) => keys.get(label) ?? []))] };
    case 'attribute':
      return filter;
  }
}
