import { Injectable } from '@nestjs/common';
import { ImagesService, type ImageChange } from '../../datasets/index.ts';
import { Embedder, EmbeddingModels } from '../../embeddings/index.ts';
import type { ItemFailure } from '../../jobs/index.ts';
import { DatasetIndexes, type DatasetIndex, type IndexFailure } from './dataset-indexes.ts';
import { VectorIndex, type VectorEntry } from '../vector-index/vector-index.port.ts';

/** A stretch of a long stream ends after so many images or this long: then the checkpoint moves on. */
const STRETCH_IMAGES = 4_096;
const STRETCH_MS = 2_000;

export interface LoadObserver {
  readonly signal?: AbortSignal;
  /** So many images more are in the index, those that failed not counted. */
  written?(images: number): void;
  failed?(failure: ItemFailure): void;
}

interface Embedded {
  readonly change: ImageChange;
  readonly outcome: VectorEntry | IndexFailure;
}

/**
 * Brings changes of images into a vector index: new ones are embedded and written, deleted ones
 * deleted. An image that cannot be embedded, or that the index will not take, is noted and left out.
 */
@Injectable()
export class IndexWriter {
  constructor(
    private readonly images: ImagesService,
    private readonly models: EmbeddingModels,
    private readonly embedder: Embedder,
    private readonly indexes: DatasetIndexes,
    private readonly vectorIndex: VectorIndex,
  ) {}

  /** Writes a few changes, given in rising order: searches know of them once it resolves. */
  async write(index: DatasetIndex, changes: readonly ImageChange[]): Promise<void> {
    await this.deleteUnwanted(index, changes);
    const entries: VectorEntry[] = [];
    const failures: IndexFailure[] = [];
    for await (const { outcome } of this.embed(index, wantedBy(index, changes))) {
      if (isFailure(outcome)) failures.push(outcome);
      else entries.push(outcome);
    }
    if (entries.length > 0) await this.vectorIndex.upsert(index.name, entries);
    await this.indexes.noteFailures(
      index.id,
      changes.map(({ imageId }) => imageId),
      failures,
    );
  }

  /**
   * Writes many changes, given in rising order; searches know of them after the index's next
   * `optimise` at the latest. The checkpoint of the dataset's index follows. Rejects with the
   * signal's reason when aborted; what was written stays.
   */
  async load(
    index: DatasetIndex,
    changes: readonly ImageChange[],
    observer: LoadObserver = {},
  ): Promise<void> {
    await this.deleteUnwanted(index, changes);
    const wanted = wantedBy(index, changes);
    const results = this.embed(index, wanted, observer.signal);
    try {
      for (let next = await results.next(); next.done !== true; next = await results.next()) {
        await this.loadStretch(index, next.value, results, observer);
      }
    } finally {
      await results.return(undefined);
    }
    const last = changes.at(-1);
    if (last !== undefined) await this.indexes.advance(index.id, last.change);
    observer.written?.(changes.length - wanted.length);
  }

  private async loadStretch(
    index: DatasetIndex,
    first: Embedded,
    rest: AsyncGenerator<Embedded>,
    observer: LoadObserver,
  ): Promise<void> {
    const endsAt = performance.now() + STRETCH_MS;
    const seen: ImageChange[] = [];
    const failures: IndexFailure[] = [];
    async function* entries(): AsyncGenerator<VectorEntry> {
      for (let one: Embedded | undefined = first; one !== undefined;) {
        seen.push(one.change);
        if (isFailure(one.outcome)) failures.push(one.outcome);
        else yield one.outcome;
        if (seen.length >= STRETCH_IMAGES || performance.now() >= endsAt) return;
        const next: IteratorResult<Embedded, unknown> = await rest.next();
        one = next.done === true ? undefined : next.value;
      }
    }
    const rejected = await this.vectorIndex.load(index.name, entries());
    for (const { id, externalId, code, message } of rejected) {
      failures.push({ imageId: id, item: externalId, code, message });
    }
    await this.indexes.noteFailures(
      index.id,
      seen.map(({ imageId }) => imageId),
      failures,
    );
    await this.indexes.advance(index.id, seen.at(-1)?.change ?? 0);
    for (const { item, code, message } of failures) observer.failed?.({ item, code, message });
    observer.written?.(seen.length - failures.length);
  }

  private async *embed(
    index: DatasetIndex,
    changes: readonly ImageChange[],
    signal?: AbortSignal,
  ): AsyncGenerator<Embedded> {
    // Deletions alone need no model, which may not be installed any more.
    if (changes.length === 0) return;
    const model = await this.models.modelOfIdentity(index.model);
    const items = changes.map((change) => ({
      sha256: change.sha256,
      change,
      open: () => this.images.readBytes(change.sha256),
    }));
    for await (const result of this.embedder.embedAll(items, { model, signal })) {
      const { change } = result.item;
      const { imageId: id, externalId, labels } = change;
      yield 'vector' in result
        ? { change, outcome: { id, vector: result.vector, labels, externalId } }
        : { change, outcome: { imageId: id, item: externalId, ...result.error } };
    }
  }

  private async deleteUnwanted(index: DatasetIndex, changes: readonly ImageChange[]): Promise<void> {
    const unwanted = changes.filter((change) => !isWanted(index, change)).map(({ imageId }) => imageId);
    if (unwanted.length === 0) return;
    await this.vectorIndex.delete(index.name, unwanted);
    await this.indexes.noteFailures(index.id, unwanted, []);
  }
}

function isFailure(outcome: VectorEntry | IndexFailure): outcome is IndexFailure {
  return 'code' in outcome;
}

function wantedBy(index: DatasetIndex, changes: readonly ImageChange[]): ImageChange[] {
  return changes.filter((change) => isWanted(index, change));
}

function isWanted(index: DatasetIndex, change: ImageChange): boolean {
  if (change.deleted) return false;
  return index.labelIds === undefined || change.labels.some((label) => index.labelIds?.includes(label));
}
