import { chunksFrom } from '../../common/index.ts';

/** One index: vectors of one model over one dataset. */
export interface VectorIndexSpec {
  /** `^[a-z0-9][a-z0-9-]*$` */
  readonly name: string;
  /** Numbers in a vector. */
  readonly dimension: number;
  /** `ModelIdentity.key` of the vectors. */
  readonly model: string;
  /** The dataset whose images it holds, under whose name an index that has names of its own is found. */
  readonly dataset?: string;
}

export interface VectorEntry {
  /** Positive; the image's id. */
  readonly id: number;
  /** Unit length, finite. */
  readonly vector: Float32Array;
  readonly labels: readonly string[];
  /** The image's name in its dataset, kept beside the vector where the index can hold it. */
  readonly externalId: string;
}

/** An entry that the index would not take. */
export interface RejectedEntry {
  readonly id: number;
  readonly externalId: string;
  readonly code: string;
  /** Gives the index's own reason. */
  readonly message: string;
}

export interface VectorQuery {
  /** Unit length, finite. */
  readonly vector: Float32Array;
  /** 1 to 1,000. */
  readonly k: number;
  /** Only entries with at least one of these labels. */
  readonly labels?: readonly string[];
  /** Leaves out this entry: the query itself. */
  readonly excludeId?: number;
}

export interface VectorMatch {
  readonly id: number;
  /** Cosine similarity in [-1, 1], from the float vectors: the same within 1e-4 whatever the index. */
  readonly score: number;
}

export interface VectorSearchResult {
  /**
   * By falling score, ties by rising id. Never fewer than k while k entries match the query.
   */
  readonly matches: readonly VectorMatch[];
  /** Whether every matching entry was compared, rather than a graph walked. */
  readonly exact: boolean;
}

/** Entries that `load` writes at once where an index has no way of its own to take in a stream. */
const LOADED_AT_ONCE = 256;

/**
 * Stores unit vectors under ids and finds the k nearest by cosine similarity.
 *
 * Every method of an unknown index rejects with `VECTOR_INDEX_NOT_FOUND`, but `create` and `drop`.
 * Where a server stands behind the index and does not answer, or refuses for now, they reject with
 * `SEARCH_UNAVAILABLE`: the same call may succeed later. Where another installation's index has the
 * name on a server that both use, they reject with `VECTOR_INDEX_FOREIGN`, and leave it as it is.
 */
export abstract class VectorIndex {
  /** What the configuration calls it: `embedded`, `elasticsearch`. */
  abstract readonly kind: string;

  /**
   * Makes ready for searches, so that the first does not wait: a server calls it before it listens.
   * Rejects where what stands behind the index cannot be used at all; one that is only away for
   * now is no reason.
   */
  abstract open(): Promise<void>;

  /**
   * Makes the index; does nothing where it is there. Resolves with whether it was made. Rejects
   * with `VECTOR_INDEX_MISMATCH` where it is there with another dimension or model.
   */
  abstract create(spec: VectorIndexSpec): Promise<boolean>;

  /**
   * Removes the index with all that belongs to it; no error where there is none. When aborted, the
   * index is gone, and a second call removes what is left of it.
   */
  abstract drop(name: string, options?: { signal?: AbortSignal }): Promise<void>;

  /** The indexes there are. */
  abstract list(): Promise<VectorIndexSpec[]>;

  /**
   * Writes entries, in place of those with the same ids, all or none. Durable and found by
   * searches once it resolves.
   *
   * Rejects with `VECTOR_INVALID` for a wrong length, a NaN or infinite number, or a zero vector.
   */
  abstract upsert(name: string, entries: readonly VectorEntry[]): Promise<void>;

  /**
   * Writes a stream of entries as fast as the index takes them, in place of those with the same
   * ids. Durable once it resolves, found by searches after the next `optimise` at the latest.
   *
   * Resolves with the entries that the index would not take; the others are written. Rejects, with
   * some entries written and some not, where the stream does or the index cannot be written at all.
   */
  async load(name: string, entries: AsyncIterable<VectorEntry>): Promise<RejectedEntry[]> {
    // An empty stream too is of an index that must be there.
    await this.upsert(name, []);
    for await (const some of chunksFrom(entries, LOADED_AT_ONCE)) await this.upsert(name, some);
    return [];
  }

  /** Deletes entries; ids that are not there are no error. Gone from searches once it resolves. */
  abstract delete(name: string, ids: readonly number[]): Promise<void>;

  abstract search(name: string, query: VectorQuery): Promise<VectorSearchResult>;

  /** The stored vectors of those ids that are there. */
  abstract vectors(name: string, ids: readonly number[]): Promise<Map<number, Float32Array>>;

  /** Entries in the index. */
  abstract count(name: string): Promise<number>;

  /** Bytes that the index takes on disk, about. */
  abstract sizeOf(name: string): Promise<number>;

  /**
   * Brings the index into its fast form after many changes (builds the graph, merges segments).
   * Searches go on meanwhile. `onProgress` is told the share done, 0 to 1. May be aborted: what was
   * written stays and is searched, only more slowly.
   */
  abstract optimise(
    name: string,
    options?: { signal?: AbortSignal; onProgress?: (share: number) => void },
  ): Promise<void>;

  /**
   * Lets the index answer under the names of its dataset and labels, in place of any other index of
   * the dataset: from one moment to the next. Does nothing where indexes have no such names.
   */
  async publish(_name: string): Promise<void> {
    // Searches name the index itself.
  }

  /** Rejects where the index cannot answer now, with the reason. */
  abstract ping(): Promise<void>;

  abstract close(): Promise<void>;
}
