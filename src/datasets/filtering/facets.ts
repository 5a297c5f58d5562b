import type { AttributeValue } from '../../filters/index.ts';

/** What to count: the values of an attribute, or labels. */
export type FacetRequest = (
  | { readonly attribute: string; readonly labels?: undefined }
  | { readonly labels: true; readonly attribute?: undefined }
) & {
  /** How many values to return, 1 or more. */
  readonly first: number;
};

export interface FacetCount {
  /** A value of the attribute; of a list one of its strings; of a label its key. */
  readonly value: AttributeValue;
  /** The name to display of a label. */
  readonly label?: string;
  /** The number of images. */
  readonly count: number;
}
