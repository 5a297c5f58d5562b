/** No path contains it. */
export const BETWEEN_PATHS = '\0';

export interface FileTask {
  readonly kind: 'versions' | 'existence' | 'removal';
  /** Separated by `BETWEEN_PATHS`: one string is copied to a thread several times as fast as a list of them. */
  readonly paths: string;
}

/** In the order of the paths, what was asked; of a removal, whether the files are gone. */
export interface FileResult {
  readonly versions?: readonly (string | undefined)[];
  readonly existence?: readonly boolean[];
  readonly removal?: readonly boolean[];
}
