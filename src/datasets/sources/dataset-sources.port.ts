import type { AnnotationFormat, ColumnNames } from '../../annotations/index.ts';
import type { AttributeColumn } from '../import/attribute-column.ts';
import type { DatasetSource } from './dataset-source.port.ts';

/** What to import from, as plain JSON. Paths are absolute. */
export type SourceSpec =
  | {
      readonly kind: 'annotations';
      readonly annotationsPath: string;
      /** The folder, or prefix in S3, that relative image paths start from; null if such paths must not be read. */
      readonly imagesRoot: string | null;
      /** The path of each picture, with "{id}" for the id of its image. */
      readonly pathTemplate?: string;
      /** Detected from the content if omitted. */
      readonly format?: Exclude<AnnotationFormat, 'AUTO'>;
      /** The columns of CSV or the keys of JSONL and JSON; the usual names if omitted. */
      readonly columns?: ColumnNames;
      readonly labelSeparator?: string;
      /** What separates the fields of CSV; detected if omitted. */
      readonly delimiter?: string;
      /** Detected if omitted. */
      readonly encoding?: string;
      /** Columns of CSV, or keys of images in JSON, that become attributes. */
      readonly attributes?: readonly AttributeColumn[];
      /** A file with the names of labels; one beside the annotations is found by itself. */
      readonly labelNamesPath?: string;
      /** Whether the annotations were uploaded for this job and are deleted when it has ended. */
      readonly uploaded?: boolean;
      /** The stage that has the files and is removed when the job has ended. */
      readonly stage?: string;
    }
  | {
      readonly kind: 'directory';
      readonly path: string;
      readonly stage?: string;
      /** Which folder of a path is its label, from 1; detected if omitted. */
      readonly labelLevel?: number;
    }
  | {
      readonly kind: 'bucket';
      /** A prefix in S3, as in s3://bucket/prefix. */
      readonly url: string;
      /** Which folder of a path is its label, from 1; detected if omitted. */
      readonly labelLevel?: number;
    }
  /** The images that a dataset lacks because their downloads failed, for any reason or for one of these. */
  | { readonly kind: 'ledger'; readonly datasetId: number; readonly codes?: readonly string[] };

/**
 * Opens the source that a job's input describes.
 *
 * @example
 * const source = sources.openSource({ kind: 'directory', path: '/srv/photos' });
 */
export abstract class DatasetSources {
  abstract openSource(spec: SourceSpec): DatasetSource;
}
