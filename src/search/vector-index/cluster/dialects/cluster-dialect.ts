import type { SearchEffort } from '../search-effort.ts';

/** What the two engines say differently. */
export interface ClusterDialect {
  /** As the configuration calls it. */
  readonly kind: 'elasticsearch' | 'opensearch';
  /** Settings that an index needs on top of the common ones. */
  readonly settings: object;
  /** The mapping of the field `embedding`, for a server of this version. */
  embeddingField(dimension: number, serverVersion: string): object;
  /** The same for a field that an index has already; undefined if it is as it should be. */
  updatedField(field: object, serverVersion: string): object | undefined;
  /** The body of a search for the k nearest that match the filter. */
  searchBody(search: {
    readonly vector: readonly number[];
    readonly k: number;
    readonly effort: SearchEffort;
    readonly filter: object | undefined;
  }): object;
  /** Throws `SEARCH_SERVER_REFUSED` where this is another product or too old a version. */
  assertSupported(server: { readonly distribution: string | undefined; readonly version: string }): void;
}

/** Whether a version such as `8.19.9` is at least `[8, 18]`. */
export function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [thisMajor = 0, thisMinor = 0] = version.split('.').map(Number);
  return thisMajor > major || (thisMajor === major && thisMinor >= minor);
}
