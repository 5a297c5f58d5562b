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
  /** How many items may fail before the import ends: 1 or more, or a share below 1 of all. No limit if omitted. */
  maxFailures?: number;
  /** Takes pictures of which a part is missing; omitted to refuse them. */
  acceptTruncated?: true;
  /** Brings the dataset in step with the source; omitted to add only. */
  sync?: SyncOptions;
}>;

export type SyncOptions = Readonly<{
  /** The share of the images of the source that may be removed, 0 to 1; 0.1 if omitted. */
  maxDelete?: number;
  /** Whether the source wins over what people have edited. */
  overwrite: boolean;
  /** How pictures are compared: by what file systems and servers say of them, by their bytes, or not at all. */
  compare: 'METADATA' | 'CHECKSUM' | 'PLACE';
}>;

/** A source outside the service: annotations, a folder, a prefix in S3, or annotations at a URL. */
export type ExternalSource = Exclude<SourceSpec, { readonly kind: 'ledger' }> | FeedSource;

/** Annotations that each run of the job downloads. */
export type FeedSource = Readonly<{ kind: 'feed'; url: string; imagesRoot: string | null }> &
  Omit<AnnotationsSpec, 'kind' | 'annotationsPath' | 'imagesRoot' | 'uploaded' | 'stage'>;

type AnnotationsSpec = Extract<SourceSpec, { readonly kind: 'annotations' }>;

/** The images that the job's dataset lacks because their downloads failed, for any reason or for one of these. */
export type FailedDownloads = Readonly<{ kind: 'ledger'; codes?: readonly string[] }>;

/** How annotations are read. */
export interface AnnotationReading {
  /** The folder, or prefix in S3, that relative image paths start from; that of the annotations if omitted. */
  readonly imagesRoot?: string;
  /** The path of each picture, with "{id}" for the id of its image; the paths in the annotations if omitted. */
  readonly pathTemplate?: string;
  /** A path, or an object in S3. */
  readonly labelNamesPath?: string;
  /** `AUTO` if omitted. */
  readonly format?: AnnotationFormat;
  /** Which columns of CSV, or keys of JSONL, hold what; the usual names if omitted. */
  readonly columns?: ColumnNames;
  /** What separates labels in one field of CSV, up to 10 characters; '' if each field is one label. `|` if omitted. */
  readonly labelSeparator?: string;
  /** What separates the fields of CSV: one ASCII character other than a quote. Detected if omitted. */
  readonly delimiter?: string;
  /** A name of the WHATWG Encoding Standard, such as "windows-1252". Detected if omitted. */
  readonly encoding?: string;
  /** Columns of CSV, or keys of images in JSON, that become attributes. */
  readonly attributes?: readonly AttributeColumn[];
}

/** What to import from, as requested. Paths may be relative, and have not been checked yet. */
export type ImportSource =
  | (AnnotationReading & {
      readonly kind: 'annotations';
      readonly annotationsPath: string;
      /** Whether the annotations are an upload that this service has stored, to be deleted after the job. */
      readonly uploaded?: boolean;
      /** The id of a stage, in which all paths are then. */
      readonly stage?: string;
    })
  | (AnnotationReading & {
      readonly kind: 'feed';
      /** Where the annotations are downloaded from. Unless that is S3, relative paths of pictures need an `imagesRoot`. */
      readonly url: string;
      readonly stage?: undefined;
    })
  | {
      readonly kind: 'directory';
      /** May be omitted for the whole stage. */
      readonly path?: string;
      readonly stage?: string;
      /** Which folder of a path is its label: 1 to 20. Detected if omitted. */
      readonly labelLevel?: number;
    }
  | {
      readonly kind: 'bucket';
      /** A prefix in S3, as in s3://bucket/prefix. */
      readonly url: string;
      /** As for a folder. */
      readonly labelLevel?: number;
      readonly stage?: undefined;
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
  /** How many items may fail before the import ends: a whole number, or a share below 1 of all. No limit if omitted. */
  readonly maxFailures?: number;
  /** Whether to take pictures of which a part is missing. */
  readonly acceptTruncated?: boolean;
  /** Brings the dataset in step with the source; omitted to add only. */
  readonly sync?: SyncOptions;
}
