import type { Generated } from 'kysely';

/** The tables in which the embedded index keeps its entries. */
export interface VectorTables {
  vector_indexes: {
    id: Generated<number>;
    name: string;
    dimension: number;
    /** `ModelIdentity.key` */
    model: string;
    entry_count: Generated<number>;
    /** Counts the transactions that changed entries. A copy in memory compares it to find out whether it is current. */
    last_change: Generated<number>;
    /** The build whose files are in use; null if there is none. Setting it commits a build. */
    build: string | null;
    /** The last id in `vector_removals` when that build began to read. */
    build_removal: Generated<number>;
    /** Removals up to this id have been purged. A copy in memory that has not seen them must be read again. */
    purged_to: Generated<number>;
  };
  /**
   * One row per written vector. Replacing a vector deletes its row and inserts another one, so that an id always
   * stands for the same vector, and newer entries have greater ids.
   */
  vector_entries: {
    id: Generated<number>;
    index_id: number;
    image_id: number;
    /** JSON array of strings. */
    labels: string;
    /** As `encodeAttributes` writes them. */
    attributes: Generated<string>;
    external_id: string;
    /** The `last_change` of the index when the entry was last updated without its vector; null if never. */
    updated: number | null;
  };
  vector_values: {
    /** The id in `vector_entries`. */
    id: number;
    /** float32, little-endian. */
    vector: Uint8Array;
  };
  /** Entries that were deleted or replaced, for processes with a copy of the list in memory. */
  vector_removals: {
    id: Generated<number>;
    index_id: number;
    entry_id: number;
  };
}
