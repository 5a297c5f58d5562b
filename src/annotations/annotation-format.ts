/** The format of an annotation file. AUTO detects it from the content. */
export const AnnotationFormat = {
  AUTO: 'AUTO',
  IMATERIALIST: 'IMATERIALIST',
  COCO: 'COCO',
  CSV: 'CSV',
  JSONL: 'JSONL',
  /** A JSON list of objects, each of which is an image: `[{…}, {…}]`. */
  JSON: 'JSON',
  /** A project or an export of the VGG Image Annotator 2, as JSON. */
  VIA: 'VIA',
  /** A dataset of FiftyOne: its samples, or its classes and labels. */
  FIFTYONE: 'FIFTYONE',
  /** A list file of DeepFashion. */
  DEEPFASHION: 'DEEPFASHION',
  /** A feed of Google Merchant as XML: RSS 2.0 or Atom. */
  MERCHANT_XML: 'MERCHANT_XML',
  /** Parquet, with pictures in it or their URLs or paths. */
  PARQUET: 'PARQUET',
  /** Tar archives with a picture and what belongs to it for each key. */
  WEBDATASET: 'WEBDATASET',
} as const;
export type AnnotationFormat = keyof typeof AnnotationFormat;

/** Columns of CSV, or keys of JSONL and JSON, by what they hold. Roles that are omitted are found by their usual names. */
export interface ColumnNames {
  readonly id?: readonly string[];
  /** URLs and paths, in the order to try. */
  readonly url?: readonly string[];
  readonly label?: readonly string[];
}

export interface AnnotationOptions {
  /** AUTO if omitted. */
  readonly format?: AnnotationFormat;
  /** For CSV, JSONL and JSON only. */
  readonly columns?: ColumnNames;
  /** What separates several labels in one field of CSV, "|" if omitted; '' if a field is one label. */
  readonly labelSeparator?: string;
  /** What separates the fields of CSV: one ASCII character. Detected among "," ";" TAB and "|" if omitted. */
  readonly delimiter?: string;
  /** The character encoding, by a name of the WHATWG Encoding Standard; detected if omitted. */
  readonly encoding?: string;
  /** Called with the share, 0 to 1, of a file that has been unpacked, decoded and transcribed, if it has to be. */
  readonly onTranscribed?: (share: number) => void;
  /** Where copies of packed files and of other encodings than UTF-8 are put while they are read. */
  readonly temporaryFolder?: string;
  /** Columns of CSV, or keys of JSONL rows and of `images` in JSON, whose values to read beside. */
  readonly values?: readonly string[];
  /** A JSON file with the names of labels. If omitted, the file itself and the known files beside it are tried. */
  readonly labelNamesPath?: string;
}

export const DEFAULT_SEPARATOR = '|';

/** What the keys of attributes in iMaterialist Fashion 2019 and 2020 begin with: classes have the same numbers. */
export const FASHION_ATTRIBUTE = 'attribute-';

/**
 * The usual names, among them those of Google Merchant feeds, Open Images and the Fashion Product set. If a file has
 * several for an id or a label, the first in this order counts.
 */
export const COLUMN_NAMES = {
  id: ['id', 'image_id', 'imageId', 'ImageId'],
  url: [
    'path',
    'file_name',
    'url',
    'image_url',
    'image_link',
    'image_path',
    'filepath',
    'filename',
    'image_name',
    'OriginalURL',
    'Labeled Data',
    'image',
  ],
  label: [
    'label_id',
    'label',
    'class',
    'ClassId',
    'category',
    'LabelName',
    'category_label',
    'product_type',
    'google_product_category',
    'articleType',
  ],
} as const;

/** The column of Google Merchant with further pictures of a product. */
export const FURTHER_PICTURES = 'additional_image_link';

/** A name of a column without case, spaces, hyphens and underscores: "Image ID" and "image_id" are the same. */
export function plainName(column: string): string {
  return column.toLowerCase().replaceAll(/[\s_-]+/g, '');
}
