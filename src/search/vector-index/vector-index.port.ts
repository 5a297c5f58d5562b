import { chunksFrom } from '../../common/index.ts';
import type { Attributes, Filter } from '../../filters/index.ts';

/** Describes one index: the vectors of one model for one dataset. */
export interface VectorIndexSpec {
  /** `^[a-z0-9][a-z0-9-]*$` */
  readonly name: string;
  /** The number of numbers in a vector. */
  readonly dimension: number;
  /** The `ModelIdentity.key` of the vectors. */
  readonly model: string;
  /** The dataset whose images it holds. On a backend with aliases, the index can be searched by this name. */
  readonly dataset?: string;
}

/** What an index knows of an image beside its vector. */
export interface EntryFacts {
  /** The image's id; positive. */
  readonly id: number;
  readonly labels: readonly string[];
  /** None by default. */
  readonly attributes?: Attributes;
  /** The image's name in its dataset. This and what follows is stored if the index can hold it. */
  readonly externalId: string;
  readonly fileName?: string;
  /** The names to display of `labels`, in the same order. */
  readonly labelNames?: readonly string[];
  /** The URL that the image was downloaded from. */
  readonly sourceUrl?: string;
}

export interface VectorEntry extends EntryFacts {
  /** Unit length, finite. */
  readonly vector: Float32Array;
}

/** An entry that the index did not accept. */
export interface RejectedEntry {
  readonly id: number;
  readonly externalId: string;
  readonly code: string;
  /** Contains the reason that the index gave. */
  readonly message: string;
}

export interface VectorQuery {
  /** Unit length, finite. */
  readonly vector: Float32Array;
  /** 1 to 10,000. */
  readonly k: number;
  /** Only entries that it selects: those for which `matches` is true. */
  readonly filter?: Filter;
  /** Excludes this entry, usually the query itself. */
  readonly excludeId?: number;
  /** Whether `vector` is that of an entry, as far as the caller knows. Its neighbours may be found with less effort. */
  readonly ofEntry?: boolean;
}

export interface VectorMatch {
  readonly id: number;
  /** Cosine similarity in [-1, 1], computed from the float vectors: equal within 1e-4 for every kind of index. */
  readonly score: number;
}

export interface VectorSearchResult {
  /** By descending score, ties by ascending id. Never fewer than k as long as k entries match the query. */
  readonly matches: readonly VectorMatch[];
  /** Whether every matching entry was compared, as opposed to walking a graph. */
  readonly exact: boolean;
}

/** How many entries `load` writes at once, unless an index has its own way to take in a stream. */
const LOADED_AT_ONCE = 256;

/**
 * Stores unit vectors under ids and finds the k nearest by cosine similarity.
 *
 * For an unknown index, every method except `create` and `drop` rejects with `VECTOR_INDEX_NOT_FOUND`. If the
 * index is on a server that does not answer or temporarily refuses, they reject with `SEARCH_UNAVAILABLE`: the
 * same call may succeed later. If the index under this name belongs to another installation on the same server,
 * they reject with `VECTOR_INDEX_FOREIGN` and leave it as it is.
 *
 * @example
 * await index.create({ name: 'stamps-1', dimension: 128, model: 'efficientnet-lite0-int8-128-15b0b693' });
 * await index.upsert('stamps-1', [{ id: 7, vector, labels: ['fruit'], externalId: 'apple.jpg' }]);
 * const { matches } = await index.search('stamps-1', { vector: query, k: 10, filter: withLabels(['fruit']) });
 * for (const { id, score } of matches) console.log(id, score);
 */
export abstract class VectorIndex {
  /** What the configuration calls it: `embedded`, `elasticsearch`. */
  abstract readonly kind: string;

  /**
   * Prepares for searches so that the first one does not have to wait. A server calls it before it listens.
   * Rejects if the backend cannot be used at all, but not if it is only unavailable at the moment.
   */
  abstract open(): Promise<void>;

  /**
   * Creates the index, unless it exists. Resolves with whether all of its entries must be written: because it was
   * created, or because an earlier version wrote them without facts that filters or other programs need. Rejects
   * with `VECTOR_INDEX_MISMATCH` if it exists with another dimension or model.
   */
  abstract create(spec: VectorIndexSpec): Promise<boolean>;

  /**
   * Removes the index and everything that belongs to it. It is not an error if there is none. When aborted, the
   * index is gone, and a second call removes what is left of it.
   */
  abstract drop(name: string, options?: { signal?: AbortSignal }): Promise<void>;

  /** All indexes. */
  abstract list(): Promise<VectorIndexSpec[]>;

  /**
   * Writes all of the entries or none, replacing those with the same ids. They are durable and visible to
   * searches once it resolves.
   *
   * Rejects with `VECTOR_INVALID` for a wrong length, a NaN or infinite number, or a zero vector.
   */
  abstract upsert(name: string, entries: readonly VectorEntry[]): Promise<void>;

  /**
   * Writes a stream of entries as fast as the index accepts them, replacing those with the same ids. They are
   * durable once it resolves, and visible to searches after the next `optimise` at the latest.
   *
   * Resolves with the entries that the index did not accept; the others are written. If the stream rejects or
   * the index cannot be written at all, it rejects with some entries written and some not.
   */
  async load(name: string, entries: AsyncIterable<VectorEntry>): Promise<RejectedEntry[]> {
    // Even for an empty stream, an unknown index is an error.
    await this.upsert(name, []);
    for await (const some of chunksFrom(entries, LOADED_AT_ONCE)) await this.upsert(name, some);
    return [];
  }

  /**
   * Replaces everything but the vectors of entries. Unknown ids are ignored. All of the changes are made or none;
   * they are durable and visible to searches once it resolves.
   */
  abstract update(name: string, facts: readonly EntryFacts[]): Promise<void>;

  /** Deletes entries. Unknown ids are ignored. Searches no longer find the entries once it resolves. */
  abstract delete(name: string, ids: readonly number[]): Promise<void>;

  abstract search(name: string, query: VectorQuery): Promise<VectorSearchResult>;

  /** The stored vectors, by id. Unknown ids are omitted. */
  abstract vectors(name: string, ids: readonly number[]): Promise<Map<number, Float32Array>>;

  /** The number of entries in the index. */
  abstract count(name: string): Promise<number>;

  /** The approximate size of the index on disk, in bytes. */
  abstract sizeOf(name: string): Promise<number>;

  /**
   * Brings the index into its fast form after many changes: builds the graph, merges segments. Searches
   * continue in the meantime. `onProgress` receives the share that is done, 0 to 1. If aborted, all entries
   * remain searchable, only more slowly.
   */
  abstract optimise(
    name: string,
    options?: { signal?: AbortSignal; onProgress?: (share: number) => void },
  ): Promise<void>;

  /**
   * Gives the index the names of its dataset and labels, atomically taking them from any other index of the
   * dataset. Does nothing on a backend without such names.
   */
  async publish(_name: string): Promise<void> {
    // Without aliases there is nothing to do: searches name the index itself.
  }

  /** Rejects with the reason if the index cannot answer at the moment. */
  abstract ping(): Promise<void>;

  abstract close(): Promise<void>;
}
