import { setTimeout as sleep } from 'node:timers/promises';
import { Semaphore, untilAborted } from '../../common/index.ts';
import type { PreprocessingSpec } from '../catalogue/model-manifest.ts';
import type { EmbeddingModel } from '../models/embedding-model.ts';
import type { Pixels } from '../networks/feature-extractor.port.ts';
import type { Network } from '../networks/network.ts';
import { sharedPreprocessing } from '../preprocessing/shared-preprocessing.ts';
import { failureOf, isPicturesFault, type EmbeddingFailure } from './embedding-failure.ts';
import type { CachedEmbedding } from './embedding-store.ts';
import { unitVector } from './unit-vector.ts';

/** A picture to embed. */
export interface EmbeddingItem {
  /** Of the picture's file. */
  readonly sha256: string;
  /** Reads the file; only called if the embedding is not known yet. */
  readonly open: () => Promise<Uint8Array>;
}

/** The item with its unit vector or with what went wrong. */
export type Embedded<Item extends EmbeddingItem> =
  | { readonly item: Item; readonly vector: Float32Array }
  | { readonly item: Item; readonly error: EmbeddingFailure };

export interface EmbeddingPipelineParts {
  readonly model: EmbeddingModel;
  readonly preprocess: (bytes: Uint8Array, spec: PreprocessingSpec) => Promise<Pixels>;
  /** How many pictures to read and decode at the same time; one more than there are cores is a good choice. */
  readonly decoders: number;
}

/** Items to look up in the cache at once. */
const LOOKED_UP_AT_ONCE = 64;
/** Items in progress or ready to be yielded. These are vectors and not pictures, so there may be many. */
const WINDOW = 256;
/** How long to wait, after an abort, for pictures that the networks are working on. */
const ABORT_PATIENCE_MS = 2_000;
/** Vectors to write in one transaction. */
const STORED_AT_ONCE = 128;

/** The unit vector under each network of the model, in order; undefined if it is not known. */
type Vectors = readonly (Float32Array | undefined)[];

type Outcome =
  /** Known before, and combined with others. */
  | { readonly kind: 'combined'; readonly vector: Float32Array }
  | { readonly kind: 'embedded'; readonly vectors: readonly Float32Array[] }
  | { readonly kind: 'failed'; readonly error: EmbeddingFailure }
  | { readonly kind: 'broken'; readonly reason: unknown };

/**
 * Embeds a stream of pictures. While the networks process some, the next are read and decoded. A file is
 * read once for all networks, and decoded once for all that need the same pixels.
 *
 * Memory holds at most `decoders` files, and as many decoded pictures as `decoders` plus twice the
 * largest capacity of the extractors. Decoded pictures are as small as the networks' inputs.
 */
export class EmbeddingPipeline {
  private readonly parts: EmbeddingPipelineParts;

  constructor(parts: EmbeddingPipelineParts) {
    this.parts = parts;
  }

  /**
   * Yields every item in order. A picture that cannot be read, decoded or embedded yields an error. The
   * stream itself only fails if it is aborted (with the signal's reason), if the source of items or the
   * cache fails, or if a network stops working.
   */
  async *embedAll<Item extends EmbeddingItem>(
    items: AsyncIterable<Item> | Iterable<Item>,
    signal?: AbortSignal,
  ): AsyncGenerator<Embedded<Item>, void, undefined> {
    const run = new PipelineRun(this.parts, items, signal);
    try {
      for (let next = await run.nextResult(); next !== undefined; next = await run.nextResult()) yield next;
    } finally {
      await run.endRun();
    }
  }
}

class PipelineRun<Item extends EmbeddingItem> {
  private readonly parts: EmbeddingPipelineParts;
  private readonly signal: AbortSignal | undefined;
  private readonly source: AsyncIterator<Item> | Iterator<Item>;
  private readonly networks: readonly Network[];
  private readonly decoding: Semaphore;
  /** Bounds the decoded pictures. Created when the networks are loaded, which is unnecessary if everything is known. */
  private pictures: Promise<Semaphore> | undefined;
  /** Taken from the source but not yet yielded. */
  private readonly window: { readonly item: Item; readonly outcome: Promise<Outcome> }[] = [];
  /** Computed in this run, or being computed, but not yet in the cache. */
  private readonly computing = new Map<string, Promise<Outcome>>();
  /** For each network. */
  private unsaved: CachedEmbedding[][];
  private exhausted = false;
  private ended = false;

  constructor(
    parts: EmbeddingPipelineParts,
    items: AsyncIterable<Item> | Iterable<Item>,
    signal: AbortSignal | undefined,
  ) {
    this.parts = parts;
    this.signal = signal;
    this.source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
    this.networks = parts.model.networks;
    this.unsaved = this.networks.map(() => []);
    this.decoding = new Semaphore(parts.decoders);
  }

  async nextResult(): Promise<Embedded<Item> | undefined> {
    this.signal?.throwIfAborted();
    if (!this.exhausted && this.window.length <= WINDOW - LOOKED_UP_AT_ONCE) await this.fill();
    if (this.unsaved.some(({ length }) => length >= STORED_AT_ONCE)) await this.save();
    const first = this.window[0];
    if (first === undefined) return undefined;
    const outcome = await untilAborted(first.outcome, this.signal);
    this.signal?.throwIfAborted();
    this.window.shift();
    switch (outcome.kind) {
      case 'combined':
        return { item: first.item, vector: outcome.vector };
      case 'embedded':
        return { item: first.item, vector: this.parts.model.combine(outcome.vectors) };
      case 'failed':
        return { item: first.item, error: outcome.error };
      case 'broken':
        throw outcome.reason;
    }
  }

  /** Waits for everything in progress, stores the results and closes the source. */
  async endRun(): Promise<void> {
    this.ended = true;
    try {
      if (!this.exhausted) await this.source.return?.();
    } finally {
      const underWay = Promise.all(this.computing.values());
      // A run that was aborted keeps what is nearly done, and does not depend on a network that hangs.
      const patience = this.signal?.aborted ? [sleep(ABORT_PATIENCE_MS, undefined, { ref: false })] : [];
      await Promise.race([underWay, ...patience]);
      await this.save();
    }
  }

  private async fill(): Promise<void> {
    const items: Item[] = [];
    while (items.length < LOOKED_UP_AT_ONCE && !this.exhausted) {
      const next = await this.source.next();
      if (next.done === true) this.exhausted = true;
      else items.push(next.value);
    }
    if (items.length === 0) return;
    // To be copied before the cache is read: what is saved in between would otherwise be found in neither.
    const inProgress = new Map(this.computing);
    const sha256s = [...new Set(items.map(({ sha256 }) => sha256))];
    const cached = await Promise.all(this.networks.map(({ cache }) => cache.findVectors(sha256s)));
    const found = items.map(({ sha256 }): Vectors => cached.map((vectors) => vectors.get(sha256)));
    const combined = this.parts.model.combineAll(found.filter(isComplete)).values();
    for (const [at, item] of items.entries()) {
      const known = found[at]!;
      const outcome = isComplete(known)
        ? Promise.resolve<Outcome>({ kind: 'combined', vector: combined.next().value! })
        : (inProgress.get(item.sha256) ?? this.computing.get(item.sha256) ?? this.startItem(item, known));
      this.window.push({ item, outcome });
    }
  }

  private startItem(item: Item, known: Vectors): Promise<Outcome> {
    this.pictures ??= this.loadNetworks();
    const outcome = this.pictures
      .then((pictures) => pictures.run(() => this.compute(item, known)))
      .catch((reason: unknown): Outcome => ({ kind: 'broken', reason }));
    this.computing.set(item.sha256, outcome);
    return outcome;
  }

  private async loadNetworks(): Promise<Semaphore> {
    const extractors = await Promise.all(this.networks.map((network) => network.openNetwork()));
    return new Semaphore(this.parts.decoders + 2 * Math.max(...extractors.map(({ capacity }) => capacity)));
  }

  private async compute(item: Item, known: Vectors): Promise<Outcome> {
    const missing = this.networks.filter((_, at) => known[at] === undefined);
    let pixels: readonly Pixels[];
    try {
      const decoded = await this.decoding.run(() => this.decode(item, missing));
      if (decoded === undefined) return { kind: 'broken', reason: new Error('The run has ended') };
      pixels = decoded;
    } catch (error) {
      return this.failed(item, error);
    }
    const results = await Promise.allSettled(
      missing.map(async (network, at) => unitVector(await this.extractWithRetry(network, pixels[at]!))),
    );
    const vectors = [...known];
    for (const [at, result] of results.entries()) {
      if (result.status === 'rejected') continue;
      const network = this.networks.indexOf(missing[at]!);
      vectors[network] = result.value;
      this.unsaved[network]!.push({ sha256: item.sha256, vector: result.value });
    }
    if (isComplete(vectors)) return { kind: 'embedded', vectors };
    const reasons = results.flatMap((result): unknown[] =>
      result.status === 'rejected' ? [result.reason] : [],
    );
    const fault = reasons.find(isPicturesFault);
    return fault === undefined ? { kind: 'broken', reason: reasons[0] } : this.failed(item, fault);
  }

  /** What each of the networks sees of the picture; undefined if the run has ended. */
  private async decode(item: Item, networks: readonly Network[]): Promise<Pixels[] | undefined> {
    if (this.ended || this.signal?.aborted === true) return undefined;
    const bytes = await item.open();
    const { specs, specOf } = sharedPreprocessing(networks);
    const pixels: Pixels[] = [];
    for (const spec of specs) pixels.push(await this.parts.preprocess(bytes, spec));
    return specOf.map((at) => pixels[at]!);
  }

  private failed(item: Item, error: unknown): Outcome {
    this.computing.delete(item.sha256);
    return { kind: 'failed', error: failureOf(error) };
  }

  /** Tries a second time if the network itself failed: its threads are replaced, and the picture is not to blame. */
  private async extractWithRetry(network: Network, pixels: Pixels): Promise<Float32Array> {
    try {
      return await network.extractFeatures(pixels);
    } catch (error) {
      if (isPicturesFault(error) || this.ended) throw error;
      return network.extractFeatures(pixels);
    }
  }

  private async save(): Promise<void> {
    const saving = this.unsaved;
    this.unsaved = this.networks.map(() => []);
    for (const [at, embeddings] of saving.entries()) {
      if (embeddings.length > 0) await this.networks[at]!.cache.storeVectors(embeddings);
    }
    for (const { sha256 } of saving.flat()) this.computing.delete(sha256);
  }
}

function isComplete(vectors: Vectors): vectors is readonly Float32Array[] {
  return !vectors.includes(undefined);
}
