import { join } from 'node:path';
import { messageOf, untilAborted } from '../../../common/index.ts';
import type { Database } from '../../../database/index.ts';
import { vectorIndexNotFound } from '../../search.errors.ts';
import {
  VectorIndex,
  type EntryFacts,
  type VectorEntry,
  type VectorIndexSpec,
  type VectorQuery,
  type VectorSearchResult,
} from '../vector-index.port.ts';
import { assertVectorUsable } from '../validate-vector.ts';
import { buildBytes } from './build/build-files.ts';
import { IndexBuilder, type BuildOptions } from './build/index-builder.ts';
import type { IndexState } from './index-state.ts';
import { OpenIndexes, type Log } from './open-indexes.ts';
import { SimilaritySearch } from './ranking/similarity-search.ts';
import { VectorReader, type IndexRow } from './entries/vector-reader.ts';
import { VectorWriter } from './entries/vector-writer.ts';

/** With fewer vectors, comparing all of them is as fast as walking a graph. */
const GRAPH_FROM = 2_000;
/** A graph is rebuilt once this share of its entries has changed. */
const REBUILD_SHARE = 0.1;
/** The approximate size of an entry in the database without its vector, in bytes. */
const ROW_BYTES = 80;
/** How much memory the float vectors of a build may take: 524,000 vectors of 128 numbers. */
const HELD_BYTES = 256 * 1024 * 1024;
/** How long to wait after a failed build before another one starts in the background. */
const REST_MS = 60_000;
/** How often a search is repeated if vectors disappear while it runs. */
const ATTEMPTS = 5;

export interface EmbeddedVectorIndexOptions {
  /** How many vectors an index must have to get a graph, and how many changes call for a new one. Default 2,000. */
  readonly graphFrom?: number;
  /** Whether builds start in the background. Otherwise only `optimise` builds. Default true. */
  readonly background?: boolean;
  /**
   * How many bytes of memory the float vectors of an index may take. Those of larger indexes stay in the database, and hits are
   * scored from there. Default 256 MB.
   */
  readonly heldBytes?: number;
}

/**
 * The vector index that needs no server. The vectors are in the database. For each large index, `directory`
 * also contains an HNSW graph, which is derived from them and replaceable. Entries that are newer than the graph
 * are compared one by one, and hits are scored from the float vectors, so that answers never depend on when the
 * graph was built.
 *
 * Several processes may use the same data at the same time.
 */
export class EmbeddedVectorIndex extends VectorIndex {
  readonly kind = 'embedded';
  private readonly writer: VectorWriter;
  private readonly reader: VectorReader;
  private readonly builder: IndexBuilder;
  private readonly indexes: OpenIndexes;
  private readonly graphFrom: number;
  private readonly background: boolean;
  private readonly builds = new Map<string, { done: Promise<void>; stop: AbortController }>();
  /** When a build may start again after a failed one, by the name of the index. */
  private readonly restUntil = new Map<string, number>();
  /** Builds in the background. */
  private readonly chores = new Set<Promise<void>>();
  private readonly closing = new AbortController();

  constructor(
    database: Database,
    private readonly directory: string = join(database.dataDir, 'indexes'),
    private readonly logger?: Log,
    options: EmbeddedVectorIndexOptions = {},
  ) {
    super();
    this.writer = new VectorWriter(database);
    this.reader = new VectorReader(database.file);
    this.builder = new IndexBuilder(database.file, directory, this.reader, this.writer);
    this.indexes = new OpenIndexes(
      directory,
      this.reader,
      database.reads,
      options.heldBytes ?? HELD_BYTES,
      logger,
    );
    this.graphFrom = options.graphFrom ?? GRAPH_FROM;
    this.background = options.background ?? true;
  }

  /**
   * Removes what killed processes left behind and reads every index, so that the first search does not have
   * to. Otherwise, indexes are read when they are first used.
   */
  async open(): Promise<void> {
    this.builder.sweep();
    await this.writer.purgeDropped();
    for (const { name } of this.reader.indexes()) await this.current(name);
  }

  async create(spec: VectorIndexSpec): Promise<boolean> {
    return this.writer.create(spec);
  }

  async drop(name: string, options: { signal?: AbortSignal } = {}): Promise<void> {
    this.indexes.forget(name);
    this.builds.get(name)?.stop.abort(vectorIndexNotFound(name));
    await this.writer.drop(name, options.signal);
    // A build in another process will find that the index is gone and remove its own files.
    this.builder.sweep();
  }

  async list(): Promise<VectorIndexSpec[]> {
    return this.reader.indexes().map(({ name, dimension, model }) => ({ name, dimension, model }));
  }

  async upsert(name: string, entries: readonly VectorEntry[]): Promise<void> {
    const { dimension } = this.indexes.row(name);
    for (const { id, vector } of entries) {
      if (!Number.isSafeInteger(id) || id <= 0) throw new RangeError(`${id} is not a valid image id`);
      assertVectorUsable(name, vector, dimension, id);
    }
    if (entries.length === 0) return;
    await this.writer.upsert(name, entries);
    await this.keepUp(name);
  }

  async update(name: string, facts: readonly EntryFacts[]): Promise<void> {
    this.indexes.row(name);
    if (facts.length === 0) return;
    await this.writer.update(name, facts);
    await this.keepUp(name);
  }

  async delete(name: string, ids: readonly number[]): Promise<void> {
    this.indexes.row(name);
    if (ids.length === 0) return;
    await this.writer.delete(name, ids);
    await this.keepUp(name);
  }

  async search(name: string, query: VectorQuery): Promise<VectorSearchResult> {
    const row = this.indexes.row(name);
    assertVectorUsable(name, query.vector, row.dimension);
    for (let attempt = 1; ; attempt++) {
      const state = await this.current(name, attempt === 1 ? row : undefined);
      const result = await new SimilaritySearch(state, this.reader, query).findNearest();
      if (result !== undefined) return result;
      if (attempt === ATTEMPTS) throw new Error(`The index "${name}" changes faster than it can be searched`);
    }
  }

  async vectors(name: string, ids: readonly number[]): Promise<Map<number, Float32Array>> {
    const { id: index } = this.indexes.row(name);
    const found = new Map<number, Float32Array>();
    for (const { id, imageId } of this.reader.entriesOf(index, ids)) {
      const vector = this.reader.vector(id);
      if (vector !== undefined) found.set(imageId, vector.slice());
    }
    return found;
  }

  async count(name: string): Promise<number> {
    return this.indexes.row(name).entryCount;
  }

  async sizeOf(name: string): Promise<number> {
    const { build, dimension, entryCount } = this.indexes.row(name);
    const files = build === null ? 0 : await buildBytes(this.directory, name, build);
    return files + entryCount * (dimension * Float32Array.BYTES_PER_ELEMENT + ROW_BYTES);
  }

  async optimise(name: string, options: BuildOptions = {}): Promise<void> {
    this.indexes.row(name);
    // A build in progress may have begun before the latest changes, so wait for it and check again. Whoever
    // started it learns of its failure.
    for (let running = this.builds.get(name); running !== undefined; running = this.builds.get(name)) {
      await untilAborted(
        running.done.catch(() => undefined),
        options.signal,
      );
    }
    options.signal?.throwIfAborted();
    const stop = new AbortController();
    const signals = [stop.signal, this.closing.signal, ...(options.signal ? [options.signal] : [])];
    const done = Promise.resolve()
      .then(() => this.build(name, { ...options, signal: AbortSignal.any(signals) }))
      .finally(() => this.builds.delete(name));
    this.builds.set(name, { done, stop });
    await done;
  }

  async ping(): Promise<void> {
    this.reader.ping();
  }

  async close(): Promise<void> {
    this.closing.abort(new Error('The vector index is closed'));
    const builds = Array.from(this.builds.values(), ({ done }) => done);
    await Promise.allSettled([...this.chores, ...builds]);
    await this.indexes.close();
    this.reader.close();
  }

  private async current(name: string, row?: IndexRow): Promise<IndexState> {
    const state = await this.indexes.current(name, row);
    this.maintain(name, state);
    return state;
  }

  /** Applies a change immediately if the index is in memory, so that searches do not have to. */
  private async keepUp(name: string): Promise<void> {
    if (this.indexes.has(name)) await this.current(name);
  }

  /** Starts a build in the background if searches suffer, because much has changed or the graph is damaged. */
  private maintain(name: string, state: IndexState): void {
    if (!this.background || this.builds.has(name) || this.closing.signal.aborted) return;
    if (Date.now() < (this.restUntil.get(name) ?? 0)) return;
    const share = REBUILD_SHARE * (state.base?.sidecar.count ?? 0);
    const isDue = state.pending >= Math.max(this.graphFrom, share);
    if (!isDue && !(state.damage !== undefined && state.catalogue.live >= this.graphFrom)) return;
    this.chore(() => this.optimise(name));
  }

  private async build(name: string, options: BuildOptions): Promise<void> {
    try {
      const state = await this.indexes.current(name);
      const row = this.indexes.row(name);
      if (state.pending > 0 || state.damage !== undefined || state.row.build !== row.build) {
        if (row.entryCount < this.graphFrom) await this.builder.clear(row);
        else await this.builder.build(row, options);
        await this.indexes.reread(name);
      }
      options.onProgress?.(1);
    } catch (error) {
      this.restUntil.set(name, Date.now() + REST_MS);
      throw error;
    }
  }

  /** Runs work that nobody waits for. */
  private chore(work: () => Promise<void>): void {
    const chore = work()
      .catch((error: unknown) => {
        if (!this.closing.signal.aborted) {
          this.logger?.warn(
            `The graph of a vector index could not be built, so searches stay slower: ${messageOf(error)}`,
          );
        }
      })
      .finally(() => this.chores.delete(chore));
    this.chores.add(chore);
  }
}
