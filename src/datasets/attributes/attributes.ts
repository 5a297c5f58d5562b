import type { AttributeType, AttributeValue } from '../../filters/index.ts';

/** An attribute that at least one image of a dataset has. */
export interface DatasetAttribute {
  readonly name: string;
  readonly type: AttributeType;
  /** The number of images that have it. */
  readonly imageCount: number;
}

export interface ValueCount {
  /** For a list, one of its strings. */
  readonly value: AttributeValue;
  /** The number of images with this value. */
  readonly count: number;
}
