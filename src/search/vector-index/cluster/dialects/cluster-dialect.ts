import type { SearchEffort } from '../search/search-effort.ts';

/** The differences between the two engines. */
export interface ClusterDialect {
  /** The value of `VECTOR_INDEX`. */
  readonly kind: 'elasticsearch' | 'opensearch';
  /** Settings that an index needs in addition to the common ones, on a server of this version. */
  settings(serverVersion: string): object;
  /** The part of a mapping that keeps vectors out of the source of documents. */
  source(serverVersion: string): object;
  /** The mapping of the field `embedding` for a server of this version. */
  embeddingField(dimension: number, serverVersion: string): object;
  /** The new mapping for an existing field; undefined if it is up to date. */
  updatedField(field: object, serverVersion: string): object | undefined;
  /**
   * The part of a search that requests the vectors of hits as their field `embedding`. `stored` says whether the
   * index stores them beside the source of its documents.
   */
  vectorsOfHits(stored: boolean): object;
  /** The body of a search for the k nearest entries that match the filter. */
  searchBody(search: {
    readonly vector: readonly number[];
    readonly k: number;
    readonly effort: SearchEffort;
    readonly filter: object | undefined;
  }): object;
  /** Throws `SEARCH_SERVER_REFUSED` if the server is another product or too old. */
  assertSupported(server: { readonly distribution: string | undefined; readonly version: string }): void;
}

/** Keeps vectors out of the source: hits are then small, and so is the index. */
export const SOURCE_WITHOUT_VECTORS = { _source: { excludes: ['embedding'] } };

/** Whether a version such as `8.19.9` is at least `[8, 18]`. */
export function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [thisMajor = 0, thisMinor = 0] = version.split('.').map(Number);
  return thisMajor > major || (thisMajor === major && thisMinor >= minor);
}
