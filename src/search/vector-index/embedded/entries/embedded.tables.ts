import type { Generated } from 'kysely';

/** Where the embedded index keeps the truth. */
export interface EmbeddedTables {
  vector_indexes: {
    id: Generated<number>;
    name: string;
    dimension: number;
    /** `ModelIdentity.key` */
    model: string;
    entry_count: Generated<number>;
    /** Counts the transactions that changed entries: who holds a copy in memory compares it. */
    last_change: Generated<number>;
    /** The build whose files are in use; null where there is none. Setting it is what commits a build. */
    build: string | null;
    /** The last of `vector_removals` when that build began to read. */
    build_removal: Generated<number>;
    /** Removals up to this one have been forgotten: a copy that has not seen them is read anew. */
    purged_to: Generated<number>;
  };
  /**
   * One row a written vector. To replace a vector is to delete its row and insert another, so that
   * an id stands for the same vector for ever, and newer entries have greater ids.
   */
  vector_entries: {
    id: Generated<number>;
    index_id: number;
    image_id: number;
    /** JSON array of strings. */
    labels: string;
    external_id: string;
  };
  vector_values: {
    /** Of `vector_entries`. */
    id: number;
    /** float32, little-endian. */
    vector: Uint8Array;
  };
  /** Entries that were deleted or replaced, for those who hold a copy of the list. */
  vector_removals: {
    id: Generated<number>;
    index_id: number;
    entry_id: number;
  };
}
