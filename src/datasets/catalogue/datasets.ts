import type { RowPage } from '../../database/index.ts';

export interface Dataset {
  readonly id: number;
  readonly name: string;
  readonly createdAt: Date;
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

/** A page of rows in ascending order of id. */
export type PageRequest = RowPage;
