import type { Generated } from 'kysely';

/** Times are milliseconds since the epoch. */
export interface DatasetsTables {
  datasets: {
    id: Generated<number>;
    /** `^[a-z0-9][a-z0-9-]{0,62}$`, unique. */
    name: string;
    created_at: number;
    /** Kept by triggers, as are the other counts of images. */
    image_count: Generated<number>;
  };
  labels: {
    id: Generated<number>;
    dataset_id: number;
    /** The label exactly as the data spells it, such as a `label_id` or the name of a folder. Unique within the dataset. */
    key: string;
    /** The name to display; the key if the data gives no name. */
    name: string;
    /** How many images have it. */
    image_count: Generated<number>;
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
    /** `jpeg`, `png`, `webp`, `gif`, `avif`, `tiff` or `heic`. */
    format: string;
    bytes: number;
    created_at: number;
    /** What is wrong with the picture, but not so wrong that it was refused: a JSON array; null if nothing is. */
    warnings: string | null;
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
    /** How many images have it. */
    image_count: Generated<number>;
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
  /** How many images have each value of an attribute, kept by triggers. A value that none has has no row. */
  attribute_values: {
    attribute_id: number;
    /** As `text` or `number` of `image_attributes`. */
    value: string | number;
    image_count: number;
  };
  /**
   * The bounds of the values that 1,024 images with successive ids have or had, kept by triggers. They may be too wide,
   * and never too narrow.
   */
  attribute_blocks: {
    attribute_id: number;
    /** The id of its images divided by 1,024. */
    block: number;
    least: string | number;
    most: string | number;
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
  /** The sources that a dataset has been imported from. */
  import_sources: {
    id: Generated<number>;
    dataset_id: number;
    /** Tells the sources of a dataset apart: a digest of what they read and select. */
    key: string;
    /** The folder that the paths of its pictures start from; null if they have none. */
    root: string | null;
  };
  /** What each source has brought. */
  source_items: {
    id: Generated<number>;
    source_id: number;
    /** Unique within the source. */
    external_id: string;
    /** The path or URL of the picture; null if it is not known. */
    place: string | null;
    /** Of the bytes at that place: size and time of a file, or the validators of a response; null if not known. */
    version: string | null;
    /** The digest of the bytes that the source brought. */
    sha256: string;
    /** The keys of the labels that it brought, as a JSON array. */
    labels: string;
    /** The attributes that it brought, as a JSON object. */
    attributes: string;
    /**
     * The change of the image, in `image_changes`, with which it was found to be as the source says. While that is its
     * last change, it need not be compared again. Null if it is not, or not known to be so.
     */
    image_change: number | null;
  };
  /** Images of sources that failed when they were last tried. */
  source_failures: {
    id: Generated<number>;
    source_id: number;
    /** Unique within the source. */
    external_id: string;
    /** The first path or URL of the picture; null if it has none. */
    place: string | null;
    /** As of `source_items`. */
    version: string | null;
    /** By which rules the bytes were refused, as `ImageIntake.rulesOf`; null if something else was the matter. */
    judged_by: string | null;
    code: string;
    message: string;
  };
  /** Files that a verification has found intact, so that it can be resumed. */
  file_checks: {
    dataset_id: number;
    sha256: string;
    /** The verification. */
    job_id: number;
  };
  /** What synchronisations have done, by job. */
  sync_results: {
    job_id: number;
    dataset_id: number;
    /** `SyncCounts` as JSON. */
    counts: string;
  };
  /** The sources that are kept under names. */
  kept_sources: {
    id: Generated<number>;
    /** Unique. */
    name: string;
    /** The name of the dataset, which need not exist yet. */
    dataset: string;
    /** A `SyncRequest` as JSON. */
    request: string;
    trusted: number;
    /** A `Schedule` as JSON; null if there is none. */
    schedule: string | null;
    watch: number;
    /** Null if there is no schedule. */
    next_run_at: number | null;
    last_job_id: number | null;
    /** A `SourceProblem` as JSON, if the last attempt came to no job. */
    problem: string | null;
    created_at: number;
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
  /** The rows of `downloads` by outcome, kept by triggers. Outcomes that no URL has any more may stay, with 0 URLs. */
  download_counts: {
    dataset_id: number;
    host: string;
    state: string;
    /** Empty if the downloads succeeded. */
    code: string;
    urls: number;
    bytes: number;
  };
}
