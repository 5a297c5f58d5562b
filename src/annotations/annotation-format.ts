/** How annotations are written. AUTO is told from the content. */
export const AnnotationFormat = {
  AUTO: 'AUTO',
  IMATERIALIST: 'IMATERIALIST',
  COCO: 'COCO',
  CSV: 'CSV',
  JSONL: 'JSONL',
} as const;
export type AnnotationFormat = keyof typeof AnnotationFormat;

/** Columns of CSV, or keys of JSONL, by what they hold. Those that are not named are found by their usual names. */
export interface ColumnNames {
  readonly id?: readonly string[];
  /** URLs and paths, in the order to try. */
  readonly url?: readonly string[];
  readonly label?: readonly string[];
}

export interface AnnotationOptions {
  readonly format?: AnnotationFormat;
  readonly columns?: ColumnNames;
  /** What stands between several labels in one field of CSV; '' where a field is one label. */
  readonly labelSeparator?: string;
}

export const DEFAULT_SEPARATOR = '|';

/** The usual names; where a file has several for an id or a label, the first counts. */
export const COLUMN_NAMES = {
  id: ['id', 'image_id', 'imageId', 'ImageId'],
  url: ['path', 'file_name', 'url', 'image_url'],
  label: ['label_id', 'label', 'class', 'ClassId', 'category'],
} as const;
