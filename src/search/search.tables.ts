import type { Generated } from 'kysely';

/** Times are milliseconds since the epoch. */
export interface SearchTables {
  /** The indexes of each dataset, and how much of it they contain. */
  dataset_indexes: {
    id: Generated<number>;
    /** Unique in combination with the model. */
    dataset_id: number;
    /** The name in the vector index. */
    name: string;
    /** `ModelIdentity.key` */
    model: string;
    /** `ModelIdentity` as JSON. */
    model_identity: string;
    /** The keys of the labels to which the index is restricted, as a JSON array; null for all images. */
    label_ids: string | null;
    /** The last row of `image_changes` that the index contains. */
    checkpoint: number;
    /** 1 if it answers queries, otherwise 0. At most one index of a dataset does. */
    ready: number;
    /** When another index replaced it; null if none has. A replaced index is kept until it is dropped. */
    replaced_at: number | null;
    /** How far the images had drifted from those its projection was fitted on when this was last measured. */
    drift: number | null;
    created_at: number;
    updated_at: number;
  };
  /** Contains exactly one row. */
  installation: {
    /** 32 random hexadecimal digits, generated with the table. */
    id: string;
  };
  /** The images that could not be indexed, and the reasons. */
  dataset_index_failures: {
    index_id: number;
    image_id: number;
    code: string;
    message: string;
  };
}
