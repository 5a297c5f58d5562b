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
export type { AttributeRequest, RequestedValue } from './attribute-request.ts';
export { FILTER_LIMITS, resolveFilter, type FilterRequest } from './filter-request.ts';
export { attributeMistyped, attributeUnknown, filterInvalid } from './filters.errors.ts';
export { parseDate } from './parse-date.ts';
export { matches, passes, typeOf, type Filterable } from './matches.ts';
