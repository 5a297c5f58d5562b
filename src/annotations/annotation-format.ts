/** The format of an annotation file. AUTO detects it from the content. */
export const AnnotationFormat = {
  AUTO: 'AUTO',
  IMATERIALIST: 'IMATERIALIST',
  COCO: 'COCO',
  CSV: 'CSV',
  JSONL: 'JSONL',
} as const;
export type AnnotationFormat = keyof typeof AnnotationFormat;

/** Columns of CSV, or keys of JSONL, by what they hold. Roles that are omitted are found by their usual names. */
export interface ColumnNames {
  readonly id?: readonly string[];
  /** URLs and paths, in the order to try. */
  readonly url?: readonly string[];
  readonly label?: readonly string[];
}

export interface AnnotationOptions {
  /** AUTO if omitted. */
  readonly format?: AnnotationFormat;
  /** For CSV and JSONL only. */
  readonly columns?: ColumnNames;
  /** What separates several labels in one field of CSV, "|" if omitted; '' if a field is one label. */
  readonly labelSeparator?: string;
  /** Columns of CSV, or keys of JSONL rows and of `images` in JSON, whose values to read beside. */
  readonly values?: readonly string[];
  /** A JSON file with the names of labels. If omitted, the file itself and the known files beside it are tried. */
  readonly labelNamesPath?: string;
}

export const DEFAULT_SEPARATOR = '|';

/** The usual names. If a file has several for an id or a label, the first in this order counts. */
export const COLUMN_NAMES = {
  id: ['id', 'image_id', 'imageId', 'ImageId'],
  url: ['path', 'file_name', 'url', 'image_url'],
  label: ['label_id', 'label', 'class', 'ClassId', 'category'],
} as const;
