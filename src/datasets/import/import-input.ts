import type { AnnotationFormat, ColumnNames } from '../../annotations/index.ts';
import type { AttributeColumn } from './attribute-column.ts';
import type { SourceSpec } from '../sources/dataset-sources.port.ts';

/** The input of an import job, as its row holds it. A type, not an interface: it must be plain JSON. */
export type ImportInput = Readonly<{
  /** The name of the dataset. */
  dataset: string;
  source: ExternalSource | FailedDownloads;
  labelIds?: readonly string[];
  limit?: number;
}>;

/** A source outside the service: annotations or a folder. */
export type ExternalSource = Exclude<SourceSpec, { readonly kind: 'ledger' }>;

/** The images that the job's dataset lacks because their downloads failed, for any reason or for one of these. */
export type FailedDownloads = Readonly<{ kind: 'ledger'; codes?: readonly string[] }>;

/** What to import from, as requested. Paths may be relative, and have not been checked yet. */
export type ImportSource =
  | {
      readonly kind: 'annotations';
      readonly annotationsPath: string;
      /** The folder that relative image paths start from; the folder of the annotations if omitted. */
      readonly imagesRoot?: string;
      readonly labelNamesPath?: string;
      /** `AUTO` if omitted. */
      readonly format?: AnnotationFormat;
      /** Which columns of CSV, or keys of JSONL, hold what; the usual names if omitted. */
      readonly columns?: ColumnNames;
      /** What separates labels in one field of CSV, up to 10 characters; '' if each field is one label. `|` if omitted. */
      readonly labelSeparator?: string;
      /** Columns of CSV, or keys of images in JSON, that become attributes. */
      readonly attributes?: readonly AttributeColumn[];
      /** Whether the annotations are an upload that this service has stored, to be deleted after the job. */
      readonly uploaded?: boolean;
      /** The id of a stage, in which all paths are then. */
      readonly stage?: string;
    }
  | {
      readonly kind: 'directory';
      /** May be omitted for the whole stage. */
      readonly path?: string;
      readonly stage?: string;
    };

/** The file that was uploaded for this import alone, and that has to be removed after it. */
export function uploadOf(source: ImportSource): string | undefined {
  return source.kind === 'annotations' && source.uploaded === true ? source.annotationsPath : undefined;
}

export interface ImportRequest {
  readonly dataset: string;
  readonly source: ImportSource;
  /** Only images with at least one of these labels. */
  readonly labelIds?: readonly string[];
  /** At most this many images, 1 or more. */
  readonly limit?: number;
}
