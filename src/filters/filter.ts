import type { AttributeType } from './attribute.ts';

/**
 * Selects images by their labels and attributes. Every part is either true or false for an image: if the image
 * does not have the attribute, its test is false, so `not` of the test is true.
 *
 * `and` of nothing selects every image; `or` of nothing selects none.
 */
export type Filter =
  | { readonly kind: 'and'; readonly filters: readonly Filter[] }
  | { readonly kind: 'or'; readonly filters: readonly Filter[] }
  | { readonly kind: 'not'; readonly filter: Filter }
  | LabelsFilter
  | AttributeFilter;

/** Images with at least one of the labels with these keys. */
export interface LabelsFilter {
  readonly kind: 'labels';
  readonly labels: readonly string[];
}

/** Images whose value of an attribute passes a test. */
export interface AttributeFilter {
  readonly kind: 'attribute';
  readonly name: string;
  /** The type of the attribute. An image whose value is of another type does not pass. */
  readonly type: AttributeType;
  readonly test: AttributeTest;
}

export type AttributeTest =
  | { readonly op: 'exists' }
  /** The value, or one of a list's strings, equals one of these. */
  | { readonly op: 'in'; readonly values: readonly (string | number | boolean | Date)[] }
  /** For NUMBER and DATE; for STRING by UTF-16 code units. At least one bound is given. */
  | ({ readonly op: 'range' } & Range)
  /** For STRING: the value contains this text, in either case. */
  | { readonly op: 'contains'; readonly text: string };

type Bound = string | number | Date;

export interface Range {
  readonly gt?: Bound;
  readonly gte?: Bound;
  readonly lt?: Bound;
  readonly lte?: Bound;
}

/** Selects images with at least one of the labels. */
export function withLabels(labels: readonly string[]): LabelsFilter {
  return { kind: 'labels', labels };
}

export function allOf(...filters: readonly Filter[]): Filter {
  const [only, ...others] = filters;
  return only !== undefined && others.length === 0 ? only : { kind: 'and', filters };
}
