import type { SourceSpec } from './dataset-sources.port.ts';

/** The input of an import job, as its row keeps it. A type, not an interface: it must be plain JSON. */
export type ImportInput = Readonly<{
  /** Name of the dataset. */
  dataset: string;
  source: SourceSpec;
  labelIds?: readonly string[];
  limit?: number;
}>;

/** What to import from, as somebody asks for it. Paths may be relative and are not yet allowed. */
export type ImportSource =
  | {
      readonly kind: 'imaterialist';
      readonly annotationsPath: string;
      /** Folder that relative image paths begin at; that of the annotations where it is absent. */
      readonly imagesRoot?: string;
      readonly labelNamesPath?: string;
      /** The annotations are an upload of this service: nobody's path, and deleted after the job. */
      readonly uploaded?: boolean;
    }
  | { readonly kind: 'directory'; readonly path: string };

export interface ImportRequest {
  readonly dataset: string;
  readonly source: ImportSource;
  /** Only images with one of these labels. */
  readonly labelIds?: readonly string[];
  /** At most this many images, 1 or more. */
  readonly limit?: number;
}
