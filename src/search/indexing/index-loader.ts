import { Injectable } from '@nestjs/common';
import { ImagesService, type ImageChange, type ImageWritten } from '../../datasets/index.ts';
import type { ItemFailure } from '../../jobs/index.ts';
import { VectorIndex, type VectorEntry } from '../vector-index/vector-index.port.ts';
import { ImageEmbedding, isFailure, type EmbeddedImage } from './image-embedding.ts';
import { IndexContents } from './index-contents.ts';
import { IndexRepository, type DatasetIndex, type IndexFailure } from './index.repository.ts';
import { IndexTurns } from './index-turns.ts';

/** The checkpoint of a long stream advances after this many images or milliseconds, whichever comes first. */
const BATCH_IMAGES = 4_096;
const BATCH_MS = 2_000;

export interface LoadObserver {
  readonly signal?: AbortSignal;
  /** Called with the number of further images that the index now contains; failures are not counted. */
  written?(images: number): void;
  failed?(failure: ItemFailure): void;
}

/** Brings many changes into an index, as builds do: in batches, after each of which the checkpoint advances. */
@Injectable()
export class IndexLoader {
  constructor(
    private readonly images: ImagesService,
    private readonly indexes: IndexRepository,
    private readonly contents: IndexContents,
    private readonly embedding: ImageEmbedding,
    private readonly turns: IndexTurns,
    private readonly vectorIndex: VectorIndex,
  ) {}

  /**
   * Applies many changes, given in ascending order, and advances the checkpoint of the index. Searches reflect
   * them after the next `optimise` at the latest. If aborted, it rejects with the signal's reason, and what has
   * been written remains.
   */
  async load(
    index: DatasetIndex,
    changes: readonly ImageChange[],
    observer: LoadObserver = {},
  ): Promise<void> {
    const pictures = await this.turns.during(index, async () => {
      const current = await this.images.currentChanges(changes);
      await this.contents.deleteUnwanted(index, current);
      const sorted = await this.contents.sort(index, current);
      await this.contents.updateFacts(index, sorted.held);
      return sorted.pictures;
    });
    const results = this.embedding.entries(index, pictures, observer.signal);
    try {
      for (let next = await results.next(); next.done !== true; next = await results.next()) {
        await this.loadBatch(index, next.value, results, observer);
      }
    } finally {
      await results.return(undefined);
    }
    const last = changes.at(-1);
    if (last !== undefined) await this.indexes.advanceCheckpoint(index.id, last.change);
    observer.written?.(changes.length - pictures.length);
  }

  private async loadBatch(
    index: DatasetIndex,
    first: EmbeddedImage,
    rest: AsyncGenerator<EmbeddedImage>,
    observer: LoadObserver,
  ): Promise<void> {
    const seen: ImageWritten[] = [];
    async function* batch(): AsyncGenerator<EmbeddedImage> {
      const endsAt = performance.now() + BATCH_MS;
      for (let one: EmbeddedImage | undefined = first; one !== undefined;) {
        seen.push(one.change);
        yield one;
        if (seen.length >= BATCH_IMAGES || performance.now() >= endsAt) return;
        const next: IteratorResult<EmbeddedImage, unknown> = await rest.next();
        one = next.done === true ? undefined : next.value;
      }
    }
    const failures = index.ready ? await this.loadInTurn(index, batch()) : await this.write(index, batch());
    const last = seen.at(-1) ?? first.change;
    await this.indexes.advanceCheckpoint(index.id, last.change);
    for (const { item, code, message } of failures) observer.failed?.({ item, code, message });
    observer.written?.(seen.length - failures.length);
  }

  /**
   * Loads a batch into an index that the API updates at the same time. It is embedded beforehand, so that these
   * updates need not wait for it. Images that have changed again are left out, because the next round includes them.
   */
  private async loadInTurn(
    index: DatasetIndex,
    batch: AsyncIterable<EmbeddedImage>,
  ): Promise<IndexFailure[]> {
    const embedded: EmbeddedImage[] = [];
    for await (const one of batch) embedded.push(one);
    return this.turns.during(index, async () => {
      const current = new Set(await this.images.currentChanges(embedded.map(({ change }) => change)));
      async function* entries(): AsyncGenerator<EmbeddedImage> {
        for (const one of embedded) if (current.has(one.change)) yield one;
      }
      return this.write(index, entries());
    });
  }

  private async write(index: DatasetIndex, batch: AsyncIterable<EmbeddedImage>): Promise<IndexFailure[]> {
    const loaded: number[] = [];
    const failures: IndexFailure[] = [];
    async function* entries(): AsyncGenerator<VectorEntry> {
      for await (const { change, outcome } of batch) {
        loaded.push(change.imageId);
        if (isFailure(outcome)) failures.push(outcome);
        else yield outcome;
      }
    }
    const rejected = await this.vectorIndex.load(index.name, entries());
    for (const { id, externalId, code, message } of rejected) {
      failures.push({ imageId: id, item: externalId, code, message });
    }
    await this.contents.recordFailures(index, loaded, failures);
    return failures;
  }
}
