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
    /** Whether it answers queries: one of a dataset at most does. */
    ready: number;
    /** When another index took its place; null while none has. It is kept until it is dropped. */
    replaced_at: number | null;
    /** How far the images have moved from what its projection was fitted on, when last looked. */
    drift: number | null;
    created_at: number;
    updated_at: number;
  };
  /** One row. */
  installation: {
    /** 32 random hexadecimal digits, made with the table. */
    id: string;
  };
  /** Images that an index lacks, and why. */
  dataset_index_failures: {
    index_id: number;
    image_id: number;
    code: string;
    message: string;
  };
}
