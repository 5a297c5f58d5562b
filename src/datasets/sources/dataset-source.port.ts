import type { AnnotationFormat, ContainedPicture } from '../../annotations/index.ts';
import type { AppError } from '../../common/index.ts';

/** A path relative to a folder, which it must not leave. */
export interface FileLocation {
  readonly path: string;
  /** The absolute path of the folder; null if the source has none, so that paths cannot be read. */
  readonly root: string | null;
  /** Where the picture is inside another file, which the path then only names. */
  readonly contained?: ContainedPicture;
}

/** A place where the bytes of an image can be fetched. */
export type ImageLocation = UrlLocation | FileLocation;

export interface UrlLocation {
  readonly url: string;
  /** What the source says of the bytes there, which changes if they do: JSON of `Validators` and more. */
  readonly version?: string;
}

/** An image as a source describes it, before its bytes have been read. */
export interface SourceImage {
  /** The image's name in its source: unique, and the same every time the source is read. */
  readonly externalId: string;
  /** The keys of its labels, without duplicates. */
  readonly labels: readonly string[];
  /** Where its bytes can be fetched, in the order to try. */
  readonly locations: readonly ImageLocation[];
  /** The values of the columns that become attributes, by the attributes' names, as the source has them. */
  readonly values?: ReadonlyMap<string, unknown>;
}

/** A part of a source that cannot be used, such as a row or a folder. */
export interface SourceFault {
  /** What stands for it among the failures of a job: "line 7". */
  readonly item: string;
  readonly error: AppError;
}

export interface SourceFaults {
  readonly count: number;
  /** The first ones, in the order of the source. */
  readonly first: readonly SourceFault[];
}

export interface SourceSelection {
  /** Only images with at least one of these labels; all images if omitted. */
  readonly labelIds?: readonly string[];
  /** Only the first images of the source, at most this many. */
  readonly limit?: number;
}

/**
 * A place that images with labels come from, such as an annotation file or a folder. Each import
 * opens its own source.
 *
 * @example
 * const source = sources.openSource({ kind: 'directory', path: '/srv/photos' });
 * const total = await source.count({ limit: 100 }, signal);
 * for await (const { externalId, labels } of source.read({ limit: 100 }, signal)) {
 *   console.log(externalId, labels); // 'dress/12.jpg' ['dress']
 * }
 */
export abstract class DatasetSource {
  /** Called with the share, 0 to 1, that is done of what has to be done before images can be counted, if that takes long. */
  onPrepared: (share: number) => void = () => undefined;

  /**
   * Counts the selected images without reading any of them. This reveals every fault of the source as
   * a whole before the first image is imported: it rejects with `ANNOTATIONS_INVALID` (with line and
   * byte in the details), `SOURCE_NOT_FOUND`, or `LABEL_UNKNOWN` with the labels that no image has.
   */
  abstract count(selection: SourceSelection, signal: AbortSignal): Promise<number>;

  /** Yields the selected images in the order of the source, which is the same every time. */
  abstract read(selection: SourceSelection, signal: AbortSignal): AsyncIterable<SourceImage>;

  /** The format that was detected; null for sources that have only one. */
  async format(_signal: AbortSignal): Promise<AnnotationFormat | null> {
    return null;
  }

  /** The columns, or keys of images, that can become attributes. */
  async columns(_signal: AbortSignal): Promise<readonly string[]> {
    return [];
  }

  /** The parts of the source that name no image, though one was expected there. Complete once the source has been read. */
  async faults(_signal: AbortSignal): Promise<SourceFaults> {
    return { count: 0, first: [] };
  }

  /** Frees what the source holds; to be called once it is no longer needed. */
  async close(): Promise<void> {
    // Most sources hold nothing.
  }

  /** The names to display for labels, by key, if the source has any. */
  abstract labelNames(): Promise<ReadonlyMap<string, string>>;
}

/** Whether at least one location of the image is a URL. */
export function isFromUrl({ locations }: SourceImage): boolean {
  return locations.some((location) => 'url' in location);
}
