import type { RowPage } from '../../database/index.ts';

export interface Dataset {
  readonly id: number;
  readonly name: string;
  readonly createdAt: Date;
  /** When it was read. */
  readonly imageCount: number;
}

export interface LabelName {
  /** The label exactly as the data spells it. */
  readonly key: string;
  /** The name to display; the key if the data gives no name. */
  readonly name: string;
}

export interface Label extends LabelName {
  readonly id: number;
  readonly datasetId: number;
  readonly imageCount: number;
}

/** What a list of labels is ordered by. */
export enum LabelOrder {
  KEY = 'KEY',
  /** The commonest first, equally common ones in order of their keys. */
  IMAGE_COUNT = 'IMAGE_COUNT',
}

/** Where a label stands in a list, whatever its order. */
export type LabelPosition = Pick<Label, 'key' | 'imageCount'>;

/** Which labels of a dataset are meant, of those that images have. */
export interface LabelSelection {
  /** Their keys or names contain this text, in either case. */
  readonly contains?: string;
  readonly keys?: readonly string[];
}

/** A page of labels. */
export interface LabelPage {
  readonly order: LabelOrder;
  /** Only labels behind this one. */
  readonly after?: LabelPosition;
  /** Only labels in front of this one. */
  readonly before?: LabelPosition;
  /** The greatest number of labels. */
  readonly limit: number;
  /** Takes the last of these labels instead of the first, in reverse order. */
  readonly backwards?: boolean;
}

/** A page of rows in ascending order of id. */
export type PageRequest = RowPage;
