import { Injectable } from '@nestjs/common';
import { ImagesService, type ImageChange, type ImageWritten } from '../../datasets/index.ts';
import { Embedder, EmbeddingModels } from '../../embeddings/index.ts';
import type { ItemFailure } from '../../jobs/index.ts';
import { IndexRepository, type DatasetIndex, type IndexFailure } from './index.repository.ts';
import { VectorIndex, type EntryFacts, type VectorEntry } from '../vector-index/vector-index.port.ts';

/** The checkpoint of a long stream advances after this many images or milliseconds, whichever comes first. */
const BATCH_IMAGES = 4_096;
const BATCH_MS = 2_000;

export interface LoadObserver {
  readonly signal?: AbortSignal;
  /** Called with the number of further images that the index now contains; failures are not counted. */
  written?(images: number): void;
  failed?(failure: ItemFailure): void;
}

interface Embedded {
  readonly change: ImageWritten;
  readonly outcome: VectorEntry | IndexFailure;
}

/**
 * Applies changes of images to a vector index: new images are embedded and written, deleted ones are deleted.
 * An image that cannot be embedded, or that the index rejects, is recorded as a failure and left out.
 */
@Injectable()
export class IndexWriter {
  constructor(
    private readonly images: ImagesService,
    private readonly models: EmbeddingModels,
    private readonly embedder: Embedder,
    private readonly indexes: IndexRepository,
    private readonly vectorIndex: VectorIndex,
  ) {}

  /** Applies a few changes, given in ascending order. Searches reflect them once it resolves. */
  async writeChanges(index: DatasetIndex, changes: readonly ImageChange[]): Promise<void> {
    await this.deleteUnwanted(index, changes);
    const entries: VectorEntry[] = [];
    const failures: IndexFailure[] = [];
    for await (const { outcome } of this.embed(index, wantedBy(index, changes))) {
      if (isFailure(outcome)) failures.push(outcome);
      else entries.push(outcome);
    }
    if (entries.length > 0) await this.vectorIndex.upsert(index.name, entries);
    await this.indexes.recordFailures(
      index.id,
      changes.map(({ imageId }) => imageId),
      failures,
    );
  }

  /**
   * Applies many changes, given in ascending order, and advances the checkpoint of the index. Searches reflect
   * them after the next `optimise` at the latest. If aborted, it rejects with the signal's reason, and what has
   * been written remains.
   */
  async loadChanges(
    index: DatasetIndex,
    changes: readonly ImageChange[],
    observer: LoadObserver = {},
  ): Promise<void> {
    await this.deleteUnwanted(index, changes);
    const wanted = wantedBy(index, changes);
    const results = this.embed(index, wanted, observer.signal);
    try {
      for (let next = await results.next(); next.done !== true; next = await results.next()) {
        await this.loadBatch(index, next.value, results, observer);
      }
    } finally {
      await results.return(undefined);
    }
    const last = changes.at(-1);
    if (last !== undefined) await this.indexes.advanceCheckpoint(index.id, last.change);
    observer.written?.(changes.length - wanted.length);
  }

  private async loadBatch(
    index: DatasetIndex,
    first: Embedded,
    rest: AsyncGenerator<Embedded>,
    observer: LoadObserver,
  ): Promise<void> {
    const endsAt = performance.now() + BATCH_MS;
    const seen: ImageChange[] = [];
    const failures: IndexFailure[] = [];
    async function* entries(): AsyncGenerator<VectorEntry> {
      for (let one: Embedded | undefined = first; one !== undefined;) {
        seen.push(one.change);
        if (isFailure(one.outcome)) failures.push(one.outcome);
        else yield one.outcome;
        if (seen.length >= BATCH_IMAGES || performance.now() >= endsAt) return;
        const next: IteratorResult<Embedded, unknown> = await rest.next();
        one = next.done === true ? undefined : next.value;
      }
    }
    const rejected = await this.vectorIndex.load(index.name, entries());
    for (const { id, externalId, code, message } of rejected) {
      failures.push({ imageId: id, item: externalId, code, message });
    }
    await this.indexes.recordFailures(
      index.id,
      seen.map(({ imageId }) => imageId),
      failures,
    );
    const last = seen.at(-1) ?? first.change;
    await this.indexes.advanceCheckpoint(index.id, last.change);
    for (const { item, code, message } of failures) observer.failed?.({ item, code, message });
    observer.written?.(seen.length - failures.length);
  }

  private async *embed(
    index: DatasetIndex,
    changes: readonly ImageWritten[],
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
      yield 'vector' in result
        ? { change, outcome: { ...factsOf(change), vector: result.vector } }
        : { change, outcome: { imageId: change.imageId, item: change.externalId, ...result.error } };
    }
  }

  private async deleteUnwanted(index: DatasetIndex, changes: readonly ImageChange[]): Promise<void> {
    const unwanted = changes.filter((change) => !isWanted(index, change)).map(({ imageId }) => imageId);
    if (unwanted.length === 0) return;
    await this.vectorIndex.delete(index.name, unwanted);
    await this.indexes.recordFailures(index.id, unwanted, []);
  }
}

/** What the index stores of an image beside its vector. */
function factsOf(change: ImageWritten): EntryFacts {
  const { imageId: id, externalId, fileName, labels, labelNames, attributes, sourceUrl } = change;
  return { id, externalId, fileName, labels, labelNames, attributes, sourceUrl: sourceUrl ?? undefined };
}

function isFailure(outcome: VectorEntry | IndexFailure): outcome is IndexFailure {
  return 'code' in outcome;
}

function wantedBy(index: DatasetIndex, changes: readonly ImageChange[]): ImageWritten[] {
  return changes.filter((change): change is ImageWritten => isWanted(index, change));
}

function isWanted(index: DatasetIndex, change: ImageChange): boolean {
  if (change.deleted) return false;
  return index.labelIds === undefined || change.labels.some((label) => index.labelIds?.includes(label));
}
