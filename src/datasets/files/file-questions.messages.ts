export interface FileQuestion {
  readonly about: 'versions' | 'existence';
  readonly paths: readonly string[];
}

/** In the order of the paths, what was asked about. */
export interface FileAnswer {
  readonly versions?: readonly (string | undefined)[];
  readonly existence?: readonly boolean[];
}
