import type { ImageWarning } from '../../common/index.ts';
import type { Attributes } from '../../filters/index.ts';

/** What is known of an image once its bytes have been checked and stored. */
export interface NewImage {
  /** The image's name in the data that it came from, unique within the dataset. */
  readonly externalId: string;
  /** The sorted keys of its labels. */
  readonly labels: readonly string[];
  readonly attributes: Attributes;
  /** The name of its file: the last part of the path or URL that it came from. */
  readonly fileName: string;
  /** The digest of its bytes, in lower-case hex. */
  readonly sha256: string;
  /** The http(s) URL that it was downloaded from; null if it came from a file or an upload. */
  readonly sourceUrl: string | null;
  /** Pixels, with the picture upright. */
  readonly width: number;
  readonly height: number;
  /** `jpeg`, `png`, `webp`, `gif`, `avif`, `tiff` or `heic`. */
  readonly format: string;
  /** The size of the file. */
  readonly bytes: number;
  /** What is wrong with the picture, but not so wrong that it is refused; nothing if omitted. */
  readonly warnings?: readonly ImageWarning[];
}

/** What an image is called, and where it is, after it has moved. */
export interface ImageName {
  readonly externalId: string;
  /** Stays as it was if omitted. */
  readonly sourceUrl?: string;
}

/** An image of a dataset, checked and stored. */
export interface Image extends NewImage {
  readonly id: number;
  readonly datasetId: number;
  /** The names to display of `labels`, in the same order. */
  readonly labelNames: readonly string[];
  readonly createdAt: Date;
  readonly warnings: readonly ImageWarning[];
}

/** Names an image: by `id`, or by the id or name of its `dataset` and its `externalId`. */
export interface ImageRef {
  readonly id?: string | null;
  readonly dataset?: string | null;
  readonly externalId?: string | null;
}

/** The last change of an image: it was added, its bytes, labels or attributes were changed, or it was deleted. */
export type ImageChange = ImageWritten | ImageDeleted;

export interface ImageWritten {
  /** Changes are numbered in the order of their commits. */
  readonly change: number;
  readonly imageId: number;
  readonly deleted: false;
  /** The change that set its bytes: lower than `change` if only what is known of the image has changed since. */
  readonly pictureChange: number;
  readonly sha256: string;
  readonly externalId: string;
  readonly fileName: string;
  /** The URL that it was downloaded from; null if it was not downloaded. */
  readonly sourceUrl: string | null;
  /** The sorted keys of its labels. */
  readonly labels: readonly string[];
  /** The names to display of `labels`, in the same order. */
  readonly labelNames: readonly string[];
  readonly attributes: Attributes;
}

export interface ImageDeleted {
  readonly change: number;
  readonly imageId: number;
  readonly deleted: true;
}
