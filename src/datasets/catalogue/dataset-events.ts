import { Injectable } from '@nestjs/common';

export interface ImagesChanged {
  readonly datasetId: number;
  /** Images that are new or have new labels. */
  readonly changed: readonly number[];
  readonly deleted: readonly number[];
}

export interface DatasetListener {
  /** After the change is committed, before the call that made it returns. */
  imagesChanged(event: ImagesChanged): Promise<void>;
  /** Before the rows of the dataset are deleted. Rejects with the signal's reason; it is then called again. */
  datasetDeleting(datasetId: number, signal: AbortSignal): Promise<void>;
  /** After files that no image has any more were removed. */
  filesRemoved(sha256s: readonly string[]): Promise<void>;
}

/**
 * Tells other apps what happens to datasets, without this app knowing them.
 *
 * A listener that misses an event (the process was killed) catches up from `image_changes`.
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
