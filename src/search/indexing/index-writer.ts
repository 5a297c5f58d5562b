import { Injectable } from '@nestjs/common';
import { chunksOf } from '../../common/index.ts';
import {
  ImagesService,
  type ImageChange,
  type ImageWritten,
  type NotSearchable,
  type SearchOutcomes,
} from '../../datasets/index.ts';
import { Embedder, EmbeddingModels } from '../../embeddings/index.ts';
import type { ItemFailure } from '../../jobs/index.ts';
import { IndexRepository, type DatasetIndex, type IndexFailure } from './index.repository.ts';
import { IndexTurns } from './index-turns.ts';
import { WrittenChanges } from './written-changes.ts';
import { imageNotIndexed, labelsNotIndexed } from '../search.errors.ts';
import { VectorIndex, type EntryFacts, type VectorEntry } from '../vector-index/vector-index.port.ts';

/** The checkpoint of a long stream advances after this many images or milliseconds, whichever comes first. */
const BATCH_IMAGES = 4_096;
const BATCH_MS = 2_000;
/** How many entries are updated, or looked for, at once. */
const UPDATED_AT_ONCE = 256;

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

interface Prepared {
  /** The images of which only the facts are written. */
  readonly held: readonly ImageWritten[];
  readonly embedded: readonly Embedded[];
  /** Those that could not be embedded. */
  readonly notSearchable: SearchOutcomes;
}

/**
 * Applies changes of images to a vector index: new images and new bytes are embedded and written, deleted images are
 * deleted. If only labels or attributes have changed, nothing is embedded.
 * An image that cannot be embedded, or that the index rejects, is recorded as a failure and left out.
 */
@Injectable()
export class IndexWriter {
  constructor(
    private readonly images: ImagesService,
    private readonly models: EmbeddingModels,
    private readonly embedder: Embedder,
    private readonly indexes: IndexRepository,
    private readonly written: WrittenChanges,
    private readonly turns: IndexTurns,
    private readonly vectorIndex: VectorIndex,
  ) {}

  /**
   * Applies the last changes of a few images, and advances the checkpoint of the index over them. Searches reflect
   * them once it resolves. Resolves with the images that the index does not hold.
   */
  async writeChanges(index: DatasetIndex, imageIds: readonly number[]): Promise<SearchOutcomes> {
    const outcomes = new Map<number, NotSearchable>();
    for (let remaining = imageIds; remaining.length > 0;) {
      const changes = await this.images.changesOf(remaining);
      const prepared = await this.prepare(index, changes);
      const current = await this.turns.during(index, () => this.writeCurrent(index, changes, prepared));
      const written = new Set(current.map(({ imageId }) => imageId));
      for (const [id, reason] of [...excludedFrom(index, current), ...prepared.notSearchable]) {
        if (written.has(id)) outcomes.set(id, reason);
      }
      // An image that has changed again in the meantime is prepared again.
      remaining = changes.map(({ imageId }) => imageId).filter((id) => !written.has(id));
    }
    return outcomes;
  }

  /** Which of the images, none of which has changed since the index was written, it does not hold, and why. */
  async missingFrom(index: DatasetIndex, changes: readonly ImageChange[]): Promise<SearchOutcomes> {
    const wanted = wantedBy(index, changes).map(({ imageId }) => imageId);
    if (wanted.length === 0) return excludedFrom(index, changes);
    const failed = await this.indexes.findFailures(index.id, wanted);
    const isHeld = await this.presence(index, wanted);
    const missing = wanted.filter((id) => !isHeld(id));
    const lost = imageNotIndexed();
    return new Map([
      ...excludedFrom(index, changes),
      ...missing.map((id) => [id, failed.get(id) ?? lost] as const),
    ]);
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
    const pictures = await this.turns.during(index, async () => {
      const current = await this.images.currentChanges(changes);
      await this.deleteUnwanted(index, current);
      const sorted = await this.sort(index, current);
      await this.updateFacts(index, sorted.held);
      return sorted.pictures;
    });
    const results = this.embed(index, pictures, observer.signal);
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
    first: Embedded,
    rest: AsyncGenerator<Embedded>,
    observer: LoadObserver,
  ): Promise<void> {
    const seen: ImageWritten[] = [];
    async function* batch(): AsyncGenerator<Embedded> {
      const endsAt = performance.now() + BATCH_MS;
      for (let one: Embedded | undefined = first; one !== undefined;) {
        seen.push(one.change);
        yield one;
        if (seen.length >= BATCH_IMAGES || performance.now() >= endsAt) return;
        const next: IteratorResult<Embedded, unknown> = await rest.next();
        one = next.done === true ? undefined : next.value;
      }
    }
    const failures = index.ready ? await this.loadInTurn(index, batch()) : await this.load(index, batch());
    const last = seen.at(-1) ?? first.change;
    await this.indexes.advanceCheckpoint(index.id, last.change);
    for (const { item, code, message } of failures) observer.failed?.({ item, code, message });
    observer.written?.(seen.length - failures.length);
  }

  /**
   * Loads a batch into an index that the API updates at the same time. It is embedded beforehand, so that these
   * updates need not wait for it. Images that have changed again are left out, because the next round includes them.
   */
  private async loadInTurn(index: DatasetIndex, batch: AsyncIterable<Embedded>): Promise<IndexFailure[]> {
    const embedded: Embedded[] = [];
    for await (const one of batch) embedded.push(one);
    return this.turns.during(index, async () => {
      const current = new Set(await this.images.currentChanges(embedded.map(({ change }) => change)));
      async function* entries(): AsyncGenerator<Embedded> {
        for (const one of embedded) if (current.has(one.change)) yield one;
      }
      return this.load(index, entries());
    });
  }

  private async load(index: DatasetIndex, batch: AsyncIterable<Embedded>): Promise<IndexFailure[]> {
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
    await this.recordFailures(index, loaded, failures);
    return failures;
  }

  /** Does whatever takes long and does not write to the index. */
  private async prepare(index: DatasetIndex, changes: readonly ImageChange[]): Promise<Prepared> {
    const { held, pictures, failed } = await this.sort(index, changes);
    const embedded: Embedded[] = [];
    const notSearchable = new Map<number, NotSearchable>(failed);
    for await (const one of this.embed(index, pictures)) {
      embedded.push(one);
      if (!isFailure(one.outcome)) continue;
      const { imageId, code, message } = one.outcome;
      notSearchable.set(imageId, { code, message });
    }
    return { held, embedded, notSearchable };
  }

  /** Writes those of the changes that are still the last ones of their images, and resolves with them. */
  private async writeCurrent(
    index: DatasetIndex,
    changes: readonly ImageChange[],
    { held, embedded }: Prepared,
  ): Promise<ImageChange[]> {
    const current = await this.images.currentChanges(changes);
    const isCurrent = new Set(current);
    await this.deleteUnwanted(index, current);
    await this.updateFacts(
      index,
      held.filter((change) => isCurrent.has(change)),
    );
    const pictures = embedded.filter(({ change }) => isCurrent.has(change));
    const outcomes = pictures.map(({ outcome }) => outcome);
    const entries = outcomes.filter((outcome): outcome is VectorEntry => !isFailure(outcome));
    if (entries.length > 0) await this.vectorIndex.upsert(index.name, entries);
    await this.recordFailures(
      index,
      pictures.map(({ change }) => change.imageId),
      outcomes.filter(isFailure),
    );
    await this.written.record(
      index,
      current.map(({ change }) => change),
    );
    return current;
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
      const { imageId, externalId } = change;
      if ('error' in result && (await this.isOutdated(change))) continue;
      yield 'vector' in result
        ? { change, outcome: { ...factsOf(change), vector: result.vector } }
        : { change, outcome: { imageId, item: externalId, ...result.error } };
    }
  }

  /** Whether the image has been deleted or has other bytes by now: a later change says so. */
  private async isOutdated({ imageId, sha256 }: ImageWritten): Promise<boolean> {
    return (await this.images.find(imageId))?.sha256 !== sha256;
  }

  /**
   * Divides images into those whose bytes the index holds, those to embed, and those that could not be embedded:
   * trying again would fail again.
   */
  private async sort(
    index: DatasetIndex,
    changes: readonly ImageChange[],
  ): Promise<{
    readonly held: ImageWritten[];
    readonly pictures: ImageWritten[];
    readonly failed: SearchOutcomes;
  }> {
    const wanted = wantedBy(index, changes);
    const known = wanted.filter(({ pictureChange }) => pictureChange <= index.checkpoint);
    const ids = known.map(({ imageId }) => imageId);
    const failed = await this.indexes.findFailures(index.id, ids);
    // An index with restricted labels may see an image for the first time when it gets another label.
    const isHeld = index.labelIds === undefined ? () => true : await this.presence(index, ids);
    const held = known.filter(({ imageId }) => !failed.has(imageId) && isHeld(imageId));
    const settled = new Set([...failed.keys(), ...held.map(({ imageId }) => imageId)]);
    return { held, pictures: wanted.filter(({ imageId }) => !settled.has(imageId)), failed };
  }

  private async updateFacts(index: DatasetIndex, held: readonly ImageWritten[]): Promise<void> {
    for (const some of chunksOf(held, UPDATED_AT_ONCE)) {
      await this.vectorIndex.update(index.name, some.map(factsOf));
    }
  }

  private async presence(index: DatasetIndex, ids: readonly number[]): Promise<(id: number) => boolean> {
    const present = new Set<number>();
    for (const some of chunksOf(ids, UPDATED_AT_ONCE)) {
      for (const id of (await this.vectorIndex.vectors(index.name, some)).keys()) present.add(id);
    }
    return (id) => present.has(id);
  }

  /** Also removes what the index holds of images that failed: the vectors of earlier bytes. */
  private async recordFailures(
    index: DatasetIndex,
    imageIds: readonly number[],
    failures: readonly IndexFailure[],
  ): Promise<void> {
    if (failures.length > 0) {
      await this.vectorIndex.delete(
        index.name,
        failures.map(({ imageId }) => imageId),
      );
    }
    await this.indexes.recordFailures(index.id, imageIds, failures);
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

/** The images that the index leaves out because of their labels. */
function excludedFrom(index: DatasetIndex, changes: readonly ImageChange[]): Map<number, NotSearchable> {
  const excluded = changes.filter((change) => !change.deleted && !isWanted(index, change));
  return new Map(excluded.map(({ imageId }) => [imageId, labelsNotIndexed()]));
}

function wantedBy(index: DatasetIndex, changes: readonly ImageChange[]): ImageWritten[] {
  return changes.filter((change): change is ImageWritten => isWanted(index, change));
}

function isWanted(index: DatasetIndex, change: ImageChange): boolean {
  if (change.deleted) return false;
  return index.labelIds === undefined || change.labels.some((label) => index.labelIds?.includes(label));
}
