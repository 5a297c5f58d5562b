import { AppError } from '../common/index.ts';
import type { CachedEmbedding } from './embedding-cache.ts';
import type { FeatureExtractor, Pixels } from './feature-extractor.port.ts';
import { Semaphore } from './semaphore.ts';
import { unitVector } from './unit-vector.ts';

/** A picture to embed. */
export interface EmbeddingItem {
  /** Of the file's bytes. */
  readonly sha256: string;
  /** Reads the file's bytes; called only when the embedding is not known yet. */
  readonly open: () => Promise<Uint8Array>;
}

export interface EmbeddingFailure {
  readonly code: string;
  readonly message: string;
}

/** The item as it was given, with its unit vector or with what went wrong. */
export type Embedded<Item extends EmbeddingItem> =
  | { readonly item: Item; readonly vector: Float32Array }
  | { readonly item: Item; readonly error: EmbeddingFailure };

export interface EmbeddingPipelineParts {
  readonly extractor: FeatureExtractor;
  readonly preprocess: (bytes: Uint8Array) => Promise<Pixels>;
  readonly cache: {
    find(sha256s: readonly string[]): Promise<ReadonlyMap<string, Float32Array>>;
    store(embeddings: readonly CachedEmbedding[]): Promise<void>;
  };
  /** Pictures that are read and decoded at the same time: about one more than there are cores. */
  readonly decoders: number;
}

/** Items looked up in the cache at once. */
const LOOKED_UP_AT_ONCE = 64;
/** Items under way or waiting to be taken: vectors, not pictures, so they may be many. */
const WINDOW = 256;
/** Vectors written in one transaction. */
const STORED_AT_ONCE = 128;

type Outcome =
  | { readonly kind: 'embedded'; readonly vector: Float32Array }
  | { readonly kind: 'failed'; readonly error: EmbeddingFailure }
  | { readonly kind: 'broken'; readonly reason: unknown };

/**
 * Embeds a stream of pictures: while the network runs on some, the next are read and decoded.
 *
 * In memory at any time: at most `decoders` files, and at most `decoders` plus twice the
 * extractor's capacity decoded pictures, each as small as the network's input.
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
  private readonly decoding: Semaphore;
  private readonly pictures: Semaphore;
  /** Taken from the source and not yet yielded. */
  private readonly window: { readonly item: Item; readonly outcome: Promise<Outcome> }[] = [];
  /** Computed or being computed in this run and not yet in the cache. */
  private readonly computing = new Map<string, Promise<Outcome>>();
  private unsaved: CachedEmbedding[] = [];
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
    this.decoding = new Semaphore(parts.decoders);
    this.pictures = new Semaphore(parts.decoders + 2 * parts.extractor.capacity);
  }

  async next(): Promise<Embedded<Item> | undefined> {
    this.signal?.throwIfAborted();
    if (!this.exhausted && this.window.length <= WINDOW - LOOKED_UP_AT_ONCE) await this.fill();
    if (this.unsaved.length >= STORED_AT_ONCE) await this.save();
    const first = this.window[0];
    if (first === undefined) return undefined;
    const outcome = await first.outcome;
    this.signal?.throwIfAborted();
    this.window.shift();
    switch (outcome.kind) {
      case 'embedded':
        return { item: first.item, vector: outcome.vector };
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
    const cached = await this.parts.cache.find([...new Set(items.map(({ sha256 }) => sha256))]);
    for (const item of items) {
      const vector = cached.get(item.sha256);
      const outcome =
        vector === undefined
          ? (underWay.get(item.sha256) ?? this.computing.get(item.sha256) ?? this.start(item))
          : Promise.resolve<Outcome>({ kind: 'embedded', vector });
      this.window.push({ item, outcome });
    }
  }

  private start(item: Item): Promise<Outcome> {
    const outcome = this.pictures.run(() => this.compute(item));
    this.computing.set(item.sha256, outcome);
    return outcome;
  }

  private async compute(item: Item): Promise<Outcome> {
    let pixels: Pixels;
    try {
      const decoded = await this.decoding.run(async () => {
        if (this.ended || this.signal?.aborted === true) return undefined;
        return this.parts.preprocess(await item.open());
      });
      if (decoded === undefined) return { kind: 'broken', reason: new Error('The run has ended') };
      pixels = decoded;
    } catch (error) {
      return this.failed(item, error);
    }
    try {
      const [features] = await this.extract(pixels);
      if (features === undefined) throw new Error('The extractor gave nothing for a picture');
      const vector = unitVector(features);
      this.unsaved.push({ sha256: item.sha256, vector });
      return { kind: 'embedded', vector };
    } catch (error) {
      if (isPicturesFault(error)) return this.failed(item, error);
      return { kind: 'broken', reason: error };
    }
  }

  private failed(item: Item, error: unknown): Outcome {
    this.computing.delete(item.sha256);
    return { kind: 'failed', error: failureOf(error) };
  }

  /** Once more where the network itself failed: its threads are replaced, and the picture is innocent. */
  private async extract(pixels: Pixels): Promise<Float32Array[]> {
    try {
      return await this.parts.extractor.extract([pixels]);
    } catch (error) {
      if (isPicturesFault(error) || this.ended) throw error;
      return this.parts.extractor.extract([pixels]);
    }
  }

  private async save(): Promise<void> {
    const embeddings = this.unsaved;
    if (embeddings.length === 0) return;
    this.unsaved = [];
    await this.parts.cache.store(embeddings);
    for (const { sha256 } of embeddings) this.computing.delete(sha256);
  }
}

function isPicturesFault(error: unknown): boolean {
  return error instanceof AppError && error.code === 'EMBEDDING_INVALID';
}

/** What may be told about a picture that failed: never a path. */
function failureOf(error: unknown): EmbeddingFailure {
  if (error instanceof AppError) return { code: error.code, message: error.message };
  const reason =
    typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unexpected error';
  return {
    code: 'IMAGE_UNREADABLE',
    message: `The picture's file could not be read (${reason}). Check the image store, then index again.`,
  };
}
