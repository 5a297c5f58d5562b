import { AttributeType, type Attributes, type AttributeValue } from './attribute.ts';
import type { AttributeFilter, AttributeTest, Filter, Range } from './filter.ts';

/** What a filter can ask of an image. */
export interface Filterable {
  readonly labels: readonly string[];
  readonly attributes: Attributes;
}

/** Whether the filter selects the image. This is the meaning of a filter: every index agrees with it. */
export function matches(filter: Filter, image: Filterable): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.filters.every((one) => matches(one, image));
    case 'or':
      return filter.filters.some((one) => matches(one, image));
    case 'not':
      return !matches(filter.filter, image);
    case 'labels':
      return filter.labels.some((label) => image.labels.includes(label));
    case 'attribute':
      return hasMatchingValue(filter, image.attributes);
  }
}

function hasMatchingValue({ name, type, test }: AttributeFilter, attributes: Attributes): boolean {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  return value !== undefined && typeOf(value) === type && passes(test, value);
}

export function typeOf(value: AttributeValue): AttributeType {
  if (typeof value === 'string') return AttributeType.STRING;
  if (typeof value === 'number') return AttributeType.NUMBER;
  if (typeof value === 'boolean') return AttributeType.BOOLEAN;
  return value instanceof Date ? AttributeType.DATE : AttributeType.STRINGS;
}

/** Whether a value passes a test. It does not check that the value is of the type that the test is for. */
export function passes(test: AttributeTest, value: AttributeValue): boolean {
  switch (test.op) {
    case 'exists':
      return true;
    case 'in':
      return test.values.some((wanted) => equals(value, wanted));
    case 'range':
      return isWithin(test, value);
    case 'contains':
      return typeof value === 'string' && value.toLowerCase().includes(test.text.toLowerCase());
  }
}

function equals(value: AttributeValue, wanted: string | number | boolean | Date): boolean {
  if (isList(value)) return typeof wanted === 'string' && value.includes(wanted);
  if (value instanceof Date || wanted instanceof Date) {
    return value instanceof Date && wanted instanceof Date && value.getTime() === wanted.getTime();
  }
  return value === wanted;
}

function isWithin({ gt, gte, lt, lte }: Range, value: AttributeValue): boolean {
  if (isList(value) || typeof value === 'boolean') return false;
  return (
    (gt === undefined || value > gt) &&
    (gte === undefined || value >= gte) &&
    (lt === undefined || value < lt) &&
    (lte === undefined || value <= lte)
  );
}

function isList(value: AttributeValue): value is readonly string[] {
  return Array.isArray(value);
}
