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
    /** The index contains all rows of `image_changes` up to this one. */
    checkpoint: number;
    /** 1 if it answers queries, otherwise 0. At most one index of a dataset does. */
    ready: number;
    /** When another index replaced it; null if none has. A replaced index is kept until it is dropped. */
    replaced_at: number | null;
    /** How far the images had drifted from those its projection was fitted on when this was last measured. */
    drift: number | null;
    /** `Calibration` as JSON; null if there is none. */
    calibration: string | null;
    /** The `checkpoint` when it was last calibrated, with or without success; null if it must be. */
    calibrated_at: number | null;
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
  /** Rows of `image_changes` after the checkpoint that an index contains as well. */
  dataset_index_written_changes: {
    index_id: number;
    change: number;
  };
  /** The map of each dataset that has one. */
  dataset_maps: {
    dataset_id: number;
    /** The index whose vectors it shows. */
    index_id: number;
    /** The `checkpoint` of the index when its vectors were read. */
    checkpoint: number;
    /** `ModelIdentity` as JSON. */
    model_identity: string;
    /** The name of its file. */
    file: string;
    /** On the map. */
    images: number;
    /** In the index at that time; more than `images` if those are a sample. */
    indexed: number;
    built_at: number;
  };
  /** What people have said about hits. */
  feedback: {
    id: Generated<number>;
    /** The dataset of the image. */
    dataset_id: number;
    /** `queryKeyOf`; unique in combination with the image. */
    query: string;
    /** The image that was searched with; null if it was a query picture. */
    query_image_id: number | null;
    image_id: number;
    verdict: string;
    client_key: string | null;
    judged_at: number;
  };
  /** The features of query pictures about whose hits somebody has said something. */
  feedback_features: {
    query: string;
    /** `ModelIdentity.key` of the model without its projection. */
    model: string;
    /** Of unit length, little-endian float32. */
    vector: Uint8Array;
  };
  /** Pictures that were added to search with them. */
  query_pictures: {
    id: string;
    /** Of the file. Several rows may have the same one. */
    sha256: string;
    format: string;
    width: number;
    height: number;
    /** The size of its file and its thumbnail. */
    bytes: number;
    created_at: number;
    expires_at: number;
  };
  /** The features of query pictures and of regions of them. */
  query_picture_features: {
    id: Generated<number>;
    sha256: string;
    /** `ModelIdentity.key` of the model without its projection. */
    model: string;
    /** `x,y,width,height`; empty for the whole picture. */
    region: string;
    /** Of unit length, little-endian float32. */
    vector: Uint8Array;
  };
}
