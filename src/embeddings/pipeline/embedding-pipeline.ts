import type { CachedEmbedding } from './embedding-store.ts';
import { failureOf, isPicturesFault, type EmbeddingFailure } from './embedding-failure.ts';
import type { EmbeddingModel } from '../models/embedding-model.ts';
import type { Pixels } from '../networks/feature-extractor.port.ts';
import type { PreprocessingSpec } from '../catalogue/model-manifest.ts';
import type { Network } from '../networks/network.ts';
import { Semaphore } from '../../common/index.ts';
import { unitVector } from './unit-vector.ts';
import { viewsOf } from '../preprocessing/shared-preprocessing.ts';

/** A picture to embed. */
export interface EmbeddingItem {
  /** Of the file's bytes. */
  readonly sha256: string;
  /** Reads the file's bytes; called only when the embedding is not known yet. */
  readonly open: () => Promise<Uint8Array>;
}

/** The item as it was given, with its unit vector or with what went wrong. */
export type Embedded<Item extends EmbeddingItem> =
  | { readonly item: Item; readonly vector: Float32Array }
  | { readonly item: Item; readonly error: EmbeddingFailure };

export interface EmbeddingPipelineParts {
  readonly model: EmbeddingModel;
  readonly preprocess: (bytes: Uint8Array, spec: PreprocessingSpec) => Promise<Pixels>;
  /** Pictures that are read and decoded at the same time: about one more than there are cores. */
  readonly decoders: number;
}

/** Items looked up in the cache at once. */
const LOOKED_UP_AT_ONCE = 64;
/** Items under way or waiting to be taken: vectors, not pictures, so they may be many. */
const WINDOW = 256;
/** Vectors written in one transaction. */
const STORED_AT_ONCE = 128;

/** The unit vector under each network of the model, in their order; undefined where it is not known. */
type Vectors = readonly (Float32Array | undefined)[];

type Outcome =
  | { readonly kind: 'embedded'; readonly vectors: readonly Float32Array[] }
  | { readonly kind: 'failed'; readonly error: EmbeddingFailure }
  | { readonly kind: 'broken'; readonly reason: unknown };

/**
 * Embeds a stream of pictures: while the networks run on some, the next are read and decoded. A file
 * is read once for all networks, and decoded once for all that want it prepared alike.
 *
 * In memory at any time: at most `decoders` files, and at most `decoders` plus twice the largest
 * capacity of the extractors decoded pictures, each as small as the networks' inputs.
 */
export class EmbeddingPipeline {
  private readonly parts: EmbeddingPipelineParts;

  constructor(parts: EmbeddingPipelineParts) {
    this.parts = parts;
  }

  /**
   * Yields every item in order. A picture that cannot be read, decoded or embedded is a result with
   * an error; the stream itself fails only when it is aborted (with the signal's reason), when the
   * source of items or the cache fails, or when the network stops working.
   */
  async *run<Item extends EmbeddingItem>(
    items: AsyncIterable<Item> | Iterable<Item>,
    signal?: AbortSignal,
  ): AsyncGenerator<Embedded<Item>, void, undefined> {
    const run = new PipelineRun(this.parts, items, signal);
    try {
      for (let next = await run.next(); next !== undefined; next = await run.next()) yield next;
    } finally {
      await run.end();
    }
  }
}

class PipelineRun<Item extends EmbeddingItem> {
  private readonly parts: EmbeddingPipelineParts;
  private readonly signal: AbortSignal | undefined;
  private readonly source: AsyncIterator<Item> | Iterator<Item>;
  private readonly networks: readonly Network[];
  private readonly decoding: Semaphore;
  /** Made once the networks are loaded, which they need not be where everything is known. */
  private pictures: Promise<Semaphore> | undefined;
  /** Taken from the source and not yet yielded. */
  private readonly window: { readonly item: Item; readonly outcome: Promise<Outcome> }[] = [];
  /** Computed or being computed in this run and not yet in the cache. */
  private readonly computing = new Map<string, Promise<Outcome>>();
  /** By network. */
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

  async next(): Promise<Embedded<Item> | undefined> {
    this.signal?.throwIfAborted();
    if (!this.exhausted && this.window.length <= WINDOW - LOOKED_UP_AT_ONCE) await this.fill();
    if (this.unsaved.some(({ length }) => length >= STORED_AT_ONCE)) await this.save();
    const first = this.window[0];
    if (first === undefined) return undefined;
    const outcome = await first.outcome;
    this.signal?.throwIfAborted();
    this.window.shift();
    switch (outcome.kind) {
      case 'embedded':
        return { item: first.item, vector: this.parts.model.combine(outcome.vectors) };
      case 'failed':
        return { item: first.item, error: outcome.error };
      case 'broken':
        throw outcome.reason;
    }
  }

  /** Waits for what is under way, keeps what it gave, lets go of the source. */
  async end(): Promise<void> {
    this.ended = true;
    try {
      if (!this.exhausted) await this.source.return?.();
    } finally {
      await Promise.all(this.computing.values());
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
    // Seen before the cache is asked: what is saved meanwhile is in neither afterwards.
    const underWay = new Map(this.computing);
    const sha256s = [...new Set(items.map(({ sha256 }) => sha256))];
    const cached = await Promise.all(this.networks.map(({ cache }) => cache.find(sha256s)));
    for (const item of items) {
      const known = cached.map((vectors) => vectors.get(item.sha256));
      const outcome = isComplete(known)
        ? Promise.resolve<Outcome>({ kind: 'embedded', vectors: known })
        : (underWay.get(item.sha256) ?? this.computing.get(item.sha256) ?? this.start(item, known));
      this.window.push({ item, outcome });
    }
  }

  private start(item: Item, known: Vectors): Promise<Outcome> {
    this.pictures ??= this.load();
    const outcome = this.pictures
      .then((pictures) => pictures.run(() => this.compute(item, known)))
      .catch((reason: unknown): Outcome => ({ kind: 'broken', reason }));
    this.computing.set(item.sha256, outcome);
    return outcome;
  }

  private async load(): Promise<Semaphore> {
    const extractors = await Promise.all(this.networks.map((network) => network.open()));
    return new Semaphore(this.parts.decoders + 2 * Math.max(...extractors.map(({ capacity }) => capacity)));
  }

  private async compute(item: Item, known: Vectors): Promise<Outcome> {
    const missing = this.networks.filter((_, at) => known[at] === undefined);
    let views: readonly Pixels[];
    try {
      const decoded = await this.decoding.run(() => this.decode(item, missing));
      if (decoded === undefined) return { kind: 'broken', reason: new Error('The run has ended') };
      views = decoded;
    } catch (error) {
      return this.failed(item, error);
    }
    const results = await Promise.allSettled(
      missing.map(async (network, at) => unitVector(await this.extract(network, views[at]!))),
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

  /** What each of the networks sees of the picture; undefined once the run is over. */
  private async decode(item: Item, networks: readonly Network[]): Promise<Pixels[] | undefined> {
    if (this.ended || this.signal?.aborted === true) return undefined;
    const bytes = await item.open();
    const { views, viewOf } = viewsOf(networks);
    const pixels: Pixels[] = [];
    for (const spec of views) pixels.push(await this.parts.preprocess(bytes, spec));
    return viewOf.map((view) => pixels[view]!);
  }

  private failed(item: Item, error: unknown): Outcome {
    this.computing.delete(item.sha256);
    return { kind: 'failed', error: failureOf(error) };
  }

  /** Once more where the network itself failed: its threads are replaced, and the picture is innocent. */
  private async extract(network: Network, pixels: Pixels): Promise<Float32Array> {
    try {
      return await network.extract(pixels);
    } catch (error) {
      if (isPicturesFault(error) || this.ended) throw error;
      return network.extract(pixels);
    }
  }

  private async save(): Promise<void> {
    const saving = this.unsaved;
    this.unsaved = this.networks.map(() => []);
    for (const [at, embeddings] of saving.entries()) {
      if (embeddings.length > 0) await this.networks[at]!.cache.store(embeddings);
    }
    for (const { sha256 } of saving.flat()) this.computing.delete(sha256);
  }
}

function isComplete(vectors: Vectors): vectors is readonly Float32Array[] {
  return !vectors.includes(undefined);
}
