import { Injectable } from '@nestjs/common';

export interface ImagesChanged {
  readonly datasetId: number;
  /** The ids of images that are new or have new labels. */
  readonly changed: readonly number[];
  readonly deleted: readonly number[];
}

export interface DatasetListener {
  /** Called after the change is committed, before the call that made it returns. */
  imagesChanged(event: ImagesChanged): Promise<void>;
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

  async imagesChanged(event: ImagesChanged): Promise<void> {
    for (const listener of this.listeners) await listener.imagesChanged(event);
  }

  async datasetDeleting(datasetId: number, signal: AbortSignal): Promise<void> {
    for (const listener of this.listeners) await listener.datasetDeleting(datasetId, signal);
  }

  async filesRemoved(sha256s: readonly string[]): Promise<void> {
    for (const listener of this.listeners) await listener.filesRemoved(sha256s);
  }
}
