import { Injectable } from '@nestjs/common';

export interface ImagesChanged {
  readonly datasetId: number;
  /** The ids of images that are new, or whose bytes, labels or attributes have changed. */
  readonly changed: readonly number[];
  /** The ids of images that should have changed and were already as they should be. */
  readonly unchanged?: readonly number[];
  readonly deleted: readonly number[];
}

/** Why searches do not find an image. */
export interface NotSearchable {
  readonly code: string;
  readonly message: string;
}

export type SearchOutcomes = ReadonlyMap<number, NotSearchable>;

export interface DatasetListener {
  /**
   * Called after the change is committed, before the call that made it returns. Resolves with the images, changed and
   * unchanged, that searches do not find.
   */
  imagesChanged(event: ImagesChanged): Promise<SearchOutcomes>;
  /** Called before the rows of a dataset are deleted. If it rejects with the signal's reason, it is called again. */
  datasetDeleting(datasetId: number, signal: AbortSignal): Promise<void>;
  /** Called after the removal of files that no image has any more. */
  filesRemoved(sha256s: readonly string[]): Promise<void>;
}

/**
 * Tells other apps what happens to datasets, so that this app need not know them.
 *
 * A listener that misses an event because the process was killed catches up with
 * `ImagesService.changesAfter`.
 */
@Injectable()
export class DatasetEvents {
  private readonly listeners: DatasetListener[] = [];

  subscribe(listener: DatasetListener): void {
    this.listeners.push(listener);
  }

  async imagesChanged(event: ImagesChanged): Promise<SearchOutcomes> {
    const outcomes = new Map<number, NotSearchable>();
    for (const listener of this.listeners) {
      for (const [id, reason] of await listener.imagesChanged(event)) outcomes.set(id, reason);
    }
    return outcomes;
  }

  async datasetDeleting(datasetId: number, signal: AbortSignal): Promise<void> {
    for (const listener of this.listeners) await listener.datasetDeleting(datasetId, signal);
  }

  async filesRemoved(sha256s: readonly string[]): Promise<void> {
    for (const listener of this.listeners) await listener.filesRemoved(sha256s);
  }
}
