/** What is known of an image once its bytes have been checked and stored. */
export interface NewImage {
  /** The image's name in the data that it came from, unique within the dataset. */
  readonly externalId: string;
  /** The sorted keys of its labels. */
  readonly labels: readonly string[];
  /** The digest of its bytes, in lower-case hex. */
  readonly sha256: string;
  /** The http(s) URL that it was downloaded from; null if it came from a file or an upload. */
  readonly sourceUrl: string | null;
  /** Pixels, with the picture upright. */
  readonly width: number;
  readonly height: number;
  /** `jpeg`, `png`, `webp`, `gif` or `avif`. */
  readonly format: string;
  /** The size of the file. */
  readonly bytes: number;
}

/** An image of a dataset, checked and stored. */
export interface Image extends NewImage {
  readonly id: number;
  readonly datasetId: number;
  readonly createdAt: Date;
}

/** The last change of an image: it was added or given labels, or it was deleted. */
export type ImageChange = ImageWritten | ImageDeleted;

export interface ImageWritten {
  /** Changes are numbered in the order of their commits. */
  readonly change: number;
  readonly imageId: number;
  readonly deleted: false;
  readonly sha256: string;
  readonly externalId: string;
  /** The sorted keys of its labels. */
  readonly labels: readonly string[];
}

export interface ImageDeleted {
  readonly change: number;
  readonly imageId: number;
  readonly deleted: true;
}
