import type { AnnotationFormat } from '../../annotations/index.ts';

/** A path relative to a folder that it may not lead out of. */
export interface FileLocation {
  readonly path: string;
  /** Absolute path of the folder; null where the source has none, and no path can be read. */
  readonly root: string | null;
}

/** Where the bytes of an image are. */
export type ImageLocation = { readonly url: string } | FileLocation;

/** An image as a source names it, before anybody has looked at its bytes. */
export interface SourceImage {
  /** The image's name in its source: unique there, stable from one reading to the next. */
  readonly externalId: string;
  /** Keys of its labels, without repetition. */
  readonly labels: readonly string[];
  /** Where its bytes are, in the order to try. */
  readonly locations: readonly ImageLocation[];
}

export interface SourceSelection {
  /** Only images with one of these labels; all where it is absent. */
  readonly labelIds?: readonly string[];
  /** At most this many images, the first of the source. */
  readonly limit?: number;
}

/**
 * A place that images with labels come from: an annotation file, a folder.
 *
 * Adapters are made per import, for one file or folder.
 */
export abstract class DatasetSource {
  /**
   * Counts the selected images, without reading any. Everything that is wrong with the source as a
   * whole shows here, before the first image is imported: rejects with `ANNOTATIONS_INVALID` (line
   * and byte in the details), `SOURCE_NOT_FOUND`, or `LABEL_UNKNOWN` naming the labels that no row has.
   */
  abstract count(selection: SourceSelection, signal: AbortSignal): Promise<number>;

  /** Yields the selected images, in the source's own order, the same at every reading. */
  abstract read(selection: SourceSelection, signal: AbortSignal): AsyncIterable<SourceImage>;

  /** How the source turned out to be written; null where that is no question. */
  async format(_signal: AbortSignal): Promise<AnnotationFormat | null> {
    return null;
  }

  /** Names to show for label keys, where the source has them. */
  abstract labelNames(): Promise<ReadonlyMap<string, string>>;
}
