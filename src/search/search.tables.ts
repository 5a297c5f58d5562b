import type { Generated } from 'kysely';

/** Times are milliseconds since the epoch. */
export interface SearchTables {
  /** Which dataset is indexed, under which model, and how far. */
  dataset_indexes: {
    id: Generated<number>;
    /** Unique together with the model. */
    dataset_id: number;
    /** Name in the vector index. */
    name: string;
    /** `ModelIdentity.key` */
    model: string;
    /** `ModelIdentity` as JSON. */
    model_identity: string;
    /** Keys of the labels the index is restricted to, a JSON array; null for all. */
    label_ids: string | null;
    /** The last of `image_changes` that the index has seen. */
    checkpoint: number;
    /** Whether a build has ever run to its end: an index that has not may lack most images. */
    ready: number;
    created_at: number;
    updated_at: number;
  };
  /** Images that an index lacks, and why. */
  dataset_index_failures: {
    index_id: number;
    image_id: number;
    code: string;
    message: string;
  };
}
