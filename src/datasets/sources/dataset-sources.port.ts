import type { AnnotationFormat, ColumnNames } from '../../annotations/index.ts';
import type { DatasetSource } from './dataset-source.port.ts';

/** What to import from, as plain JSON: it is kept in the job's row. Paths are absolute. */
export type SourceSpec =
  | {
      readonly kind: 'annotations';
      readonly annotationsPath: string;
      /** Folder that relative image paths begin at; null where such paths may not be read. */
      readonly imagesRoot: string | null;
      /** Told from the content where it is absent. */
      readonly format?: Exclude<AnnotationFormat, 'AUTO'>;
      /** Of CSV and JSONL. */
      readonly columns?: ColumnNames;
      readonly labelSeparator?: string;
      /** A JSON file with names of labels; one that lies beside the annotations is found without it. */
      readonly labelNamesPath?: string;
      /** The annotations were uploaded for this job and are deleted when it has ended. */
      readonly uploaded?: boolean;
    }
  | { readonly kind: 'directory'; readonly path: string };

/** Makes the source that a job's input describes. */
export abstract class DatasetSources {
  abstract open(spec: SourceSpec): DatasetSource;
}
