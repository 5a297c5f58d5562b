import { AttributeType, type AttributeFilter, type Filter, type Range } from '../../../../filters/index.ts';
import type { FieldTypes } from '../documents/document-fields.ts';
import { textBefore } from './text-order.ts';

export const MATCH_NONE = { match_none: {} };
const MATCH_ALL = { match_all: {} };

/**
 * The query, in the language of both engines, that selects what the filter selects. `types` are those of the fields,
 * as far as they are known.
 */
export function filterQuery(filter: Filter, types: FieldTypes): object {
  switch (filter.kind) {
    case 'and':
      return filter.filters.length === 0
        ? MATCH_ALL
        : { bool: { filter: filter.filters.map((one) => filterQuery(one, types)) } };
    case 'or':
      return anyOf(filter.filters.map((one) => filterQuery(one, types)));
    case 'not':
      return not(filterQuery(filter.filter, types));
    case 'labels':
      return terms('labels', filter.labels);
    case 'attribute':
      return attributeQuery(filter, types);
  }
}

function attributeQuery({ name, type, test }: AttributeFilter, types: FieldTypes): object {
  // A value of another type does not pass, and the engines would refuse to compare it.
  if (Object.hasOwn(types, name) && types[name] !== type) return MATCH_NONE;
  const field = `attributes.${name}`;
  switch (test.op) {
    case 'exists':
      return type === AttributeType.STRINGS
        ? anyOf([{ exists: { field } }, { term: { empty_attributes: name } }])
        : { exists: { field } };
    case 'in':
      return terms(field, test.values.filter((value) => isOfType(value, type)).map(toJson));
    case 'range':
      return rangeQuery(field, type, test);
    case 'contains':
      // The engine changes the text to lower case, as it did with the values.
      return type === AttributeType.STRING
        ? { wildcard: { [`${field}.lower`]: { value: `*${test.text.replace(/[\\*?]/g, '\\$&')}*` } } }
        : MATCH_NONE;
  }
}

function rangeQuery(field: string, type: AttributeType, { gt, gte, lt, lte }: Range): object {
  if (type === AttributeType.STRING) return textRange(field, { gt, gte, lt, lte });
  if (type !== AttributeType.NUMBER && type !== AttributeType.DATE) return MATCH_NONE;
  const bounds = Object.entries({ gt, gte, lt, lte }).filter(([, bound]) => bound !== undefined);
  if (!bounds.every(([, bound]) => isOfType(bound!, type))) return MATCH_NONE;
  return { range: { [field]: Object.fromEntries(bounds.map(([op, bound]) => [op, toJson(bound!)])) } };
}

function textRange(field: string, { gt, gte, lt, lte }: Range): object {
  if (![gt, gte, lt, lte].every((bound) => bound === undefined || typeof bound === 'string')) {
    return MATCH_NONE;
  }
  const before = (bound: unknown) => textBefore(field, bound as string);
  const upTo = (bound: unknown) => anyOf([before(bound), terms(field, [bound])]);
  return {
    bool: {
      filter: [
        { exists: { field } },
        ...(lt === undefined ? [] : [before(lt)]),
        ...(lte === undefined ? [] : [upTo(lte)]),
        ...(gt === undefined ? [] : [not(upTo(gt))]),
        ...(gte === undefined ? [] : [not(before(gte))]),
      ],
    },
  };
}

function terms(field: string, values: readonly unknown[]): object {
  return values.length === 0 ? MATCH_NONE : { terms: { [field]: values } };
}

function anyOf(queries: readonly object[]): object {
  return queries.length === 0 ? MATCH_NONE : { bool: { should: queries, minimum_should_match: 1 } };
}

function not(query: object): object {
  return { bool: { must_not: [query] } };
}

type Value = string | number | boolean | Date;

function isOfType(value: Value, type: AttributeType): boolean {
  switch (type) {
    case AttributeType.STRING:
    case AttributeType.STRINGS:
      return typeof value === 'string';
    case AttributeType.NUMBER:
      return Number.isFinite(value);
    case AttributeType.BOOLEAN:
      return typeof value === 'boolean';
    case AttributeType.DATE:
      return value instanceof Date;
  }
}

function toJson(value: Value): string | number | boolean {
  return value instanceof Date ? value.toISOString() : value;
}
