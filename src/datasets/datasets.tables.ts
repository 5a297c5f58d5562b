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
    /** The label as the data spell it (a folder name, a `label_id`): any text, unique within the dataset. */
    key: string;
    /** The name to show; the key where the data give no other. */
    name: string;
  };
  images: {
    /** Never used twice: vector indexes know an image by it. */
    id: Generated<number>;
    dataset_id: number;
    /** The image's name in the data it came from, unique within the dataset. */
    external_id: string;
    /** Of the file's bytes, in lower-case hex: its place in the image store. */
    sha256: string;
    source_url: string | null;
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
  /**
   * The last change of every image, deleted ones included: one row an image, numbered upwards in
   * the order of commit. Whoever keeps a copy (an index) remembers the last number it has seen.
   */
  image_changes: {
    change: Generated<number>;
    dataset_id: number;
    image_id: number;
    deleted: number;
  };
  /**
   * Files that deleted images left behind and that may have to be removed: a note that outlives a
   * process which is killed between deleting the rows and the files.
   */
  discarded_files: {
    sha256: string;
  };
  /** Perceptual hashes of files, computed when they are first asked for. A row goes with its file. */
  image_hashes: {
    sha256: string;
    /** 32 bits each, signed; null where the picture shows too little to have a hash. */
    high: number | null;
    low: number | null;
  };
  /** Every URL that an import has tried: its last try. */
  downloads: {
    id: Generated<number>;
    dataset_id: number;
    external_id: string;
    url: string;
    host: string;
    /** JSON array of label keys. */
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
    /** The job that tried it last. */
    job_id: number;
    tried_at: number;
  };
}
