import type { Generated } from 'kysely';

/** Times are milliseconds since the epoch. */
export interface DatasetsTables {
  datasets: {
    id: Generated<number>;
    /** `^[a-z0-9][a-z0-9-]{0,62}$`, unique. */
    name: string;
    created_at: number;
  };
  labels: {
    id: Generated<number>;
    dataset_id: number;
    /** The label exactly as the data spells it, such as a `label_id` or the name of a folder. Unique within the dataset. */
    key: string;
    /** The name to display; the key if the data gives no name. */
    name: string;
  };
  images: {
    /** Never reused, because vector indexes identify images by it. */
    id: Generated<number>;
    dataset_id: number;
    /** The image's name in the data that it came from, unique within the dataset. */
    external_id: string;
    /** The digest of the file, in lower-case hex, under which the image store holds it. */
    sha256: string;
    source_url: string | null;
    /** The last part of the path or URL that it came from. */
    file_name: string;
    width: number;
    height: number;
    /** `jpeg`, `png`, `webp`, `gif` or `avif`. */
    format: string;
    bytes: number;
    created_at: number;
  };
  image_labels: {
    image_id: number;
    label_id: number;
  };
  attributes: {
    id: Generated<number>;
    dataset_id: number;
    /** Unique within the dataset. */
    name: string;
    /** An `AttributeType`. */
    type: string;
  };
  /** The values of attributes: one row each, and one for every string of a list. */
  image_attributes: {
    image_id: number;
    attribute_id: number;
    /** The position in a list, from 0; 0 for a single value. */
    position: number;
    /** For STRING and STRINGS. An empty list is one row without text or number. */
    text: string | null;
    /** For NUMBER; for BOOLEAN 0 or 1; for DATE milliseconds since the epoch. */
    number: number | null;
  };
  /**
   * The last change of every image, including deleted ones: one row per image, with ascending numbers
   * in the order of commits. Whoever keeps a copy, such as an index, remembers the last number it has seen.
   */
  image_changes: {
    change: Generated<number>;
    dataset_id: number;
    image_id: number;
    deleted: number;
    /** The change that set the image's bytes, or deleted it. */
    picture_change: number;
  };
  /**
   * Files that deleted images have left behind and that may have to be removed. The note survives if
   * the process is killed between deleting the rows and the files.
   */
  discarded_files: {
    sha256: string;
  };
  /** Perceptual hashes of files, computed on first use. A row is deleted with its file. */
  image_hashes: {
    sha256: string;
    /** 32 bits each, signed; null if the picture shows too little to have a hash. */
    high: number | null;
    low: number | null;
  };
  /** What has been decided about pairs of images of a dataset that look the same. Deleted with either image. */
  duplicate_decisions: {
    /** Never reused, so that the highest one tells whether there is a new decision. */
    id: Generated<number>;
    dataset_id: number;
    /** The lower id of the two. */
    image_id: number;
    other_image_id: number;
    /** A `DuplicateDecision`. */
    decision: string;
    decided_at: number;
  };
  /** Folders of files that clients put together before they import them. */
  stages: {
    id: string;
    files: number;
    bytes: number;
    /** The input of the import that it is kept for, as JSON; null while files may be added. */
    claim: string | null;
    expires_at: number;
  };
  /** Every URL that imports have tried, with the outcome of the last attempt. */
  downloads: {
    id: Generated<number>;
    dataset_id: number;
    external_id: string;
    url: string;
    host: string;
    /** A JSON array of label keys. */
    labels: string;
    /** `SUCCEEDED` or `FAILED`. */
    state: string;
    code: string | null;
    message: string | null;
    http_status: number | null;
    attempts: number;
    bytes: number | null;
    ms: number;
    sha256: string | null;
    /** The job that made the last attempt. */
    job_id: number;
    tried_at: number;
  };
}
