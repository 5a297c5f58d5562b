export {
  ATTRIBUTE_LIMITS,
  ATTRIBUTE_NAME,
  AttributeType,
  type Attributes,
  type AttributeValue,
} from './attribute.ts';
export {
  allOf,
  withLabels,
  type AttributeFilter,
  type AttributeTest,
  type Filter,
  type LabelsFilter,
  type Range,
} from './filter.ts';
export {
  FILTER_LIMITS,
  parseDate,
  resolveFilter,
  type AttributeRequest,
  type FilterRequest,
  type RequestedValue,
} from './filter-request.ts';
export { attributeUnknown, filterInvalid } from './filters.errors.ts';
export { matches, passes, typeOf, type Filterable } from './matches.ts';
