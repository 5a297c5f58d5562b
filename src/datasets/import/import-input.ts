import type { AnnotationFormat, ColumnNames } from '../../annotations/index.ts';
import type { SourceSpec } from '../sources/dataset-sources.port.ts';

/** The input of an import job, as its row keeps it. A type, not an interface: it must be plain JSON. */
export type ImportInput = Readonly<{
  /** Name of the dataset. */
  dataset: string;
  source: SourceSpec | LedgerSpec;
  labelIds?: readonly string[];
  limit?: number;
}>;

/** The images that are missing because their downloads failed: all, or for one of these reasons. */
export type LedgerSpec = Readonly<{ kind: 'ledger'; codes?: readonly string[] }>;

/** What to import from, as somebody asks for it. Paths may be relative and are not yet allowed. */
export type ImportSource =
  | {
      readonly kind: 'annotations';
      readonly annotationsPath: string;
      /** Folder that relative image paths begin at; that of the annotations where it is absent. */
      readonly imagesRoot?: string;
      readonly labelNamesPath?: string;
      /** `AUTO` where it is absent. */
      readonly format?: AnnotationFormat;
      /** Which columns of CSV, or keys of JSONL, hold what; the usual names where it is absent. */
      readonly columns?: ColumnNames;
      /** Between several labels in a field of CSV, up to 10 characters; '' where a field is one label. `|` where it is absent. */
      readonly labelSeparator?: string;
      /** The annotations are an upload of this service: nobody's path, and deleted after the job. */
      readonly uploaded?: boolean;
    }
  | { readonly kind: 'directory'; readonly path: string };

/** The file that was uploaded for this import alone, to be removed after it. */
export function uploadOf(source: ImportSource): string | undefined {
  return source.kind === 'annotations' && source.uploaded === true ? source.annotationsPath : undefined;
}

export interface ImportRequest {
  readonly dataset: string;
  readonly source: ImportSource;
  /** Only images with one of these labels. */
  readonly labelIds?: readonly string[];
  /** At most this many images, 1 or more. */
  readonly limit?: number;
}
