/** An image of a dataset, checked and stored. */
export interface Image {
  readonly id: number;
  readonly datasetId: number;
  /** Its name in the data it came from, unique within the dataset. */
  readonly externalId: string;
  /** Of its bytes, in lower-case hex. */
  readonly sha256: string;
  /** The http(s) URL it came from, where it came from one. */
  readonly sourceUrl: string | null;
  /** Pixels, upright. */
  readonly width: number;
  readonly height: number;
  /** `jpeg`, `png`, `webp`, `gif` or `avif`. */
  readonly format: string;
  readonly bytes: number;
  readonly createdAt: Date;
  /** Keys of its labels, sorted. */
  readonly labels: readonly string[];
}

/** What is known of an image once its bytes are checked and stored. */
export interface NewImage {
  readonly externalId: string;
  readonly labels: readonly string[];
  readonly sha256: string;
  readonly sourceUrl: string | null;
  readonly width: number;
  readonly height: number;
  readonly format: string;
  readonly bytes: number;
}

/** The last change of an image. Changes are numbered upwards in the order of commit. */
export interface ImageChange {
  readonly change: number;
  readonly imageId: number;
  readonly deleted: boolean;
  /** Empty for a deleted image, as are the next two. */
  readonly sha256: string;
  readonly externalId: string;
  readonly labels: readonly string[];
}
