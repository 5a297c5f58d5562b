import { join } from 'node:path';
import { messageOf, untilAborted } from '../../../common/index.ts';
import type { Database } from '../../../database/index.ts';
import { vectorIndexNotFound, vectorInvalid } from '../../search.errors.ts';
import {
  VectorIndex,
  type VectorEntry,
  type VectorIndexSpec,
  type VectorQuery,
  type VectorSearchResult,
} from '../vector-index.port.ts';
import { vectorProblem } from '../validate-vector.ts';
import { buildBytes } from './build/build-files.ts';
import { IndexBuilder, type BuildOptions } from './build/index-builder.ts';
import type { IndexState } from './index-state.ts';
import { OpenIndexes, type Log } from './open-indexes.ts';
import { SimilaritySearch } from './ranking/similarity-search.ts';
import { VectorReader, type IndexRow } from './entries/vector-reader.ts';
import { VectorWriter } from './entries/vector-writer.ts';

/** Below this, comparing every vector is as quick as a graph. */
const GRAPH_FROM = 2_000;
const REBUILD_SHARE = 0.1;
/** What a row of an entry takes beside its vector, about. */
const ROW_BYTES = 80;
/** After a failed background build, before the next is tried. */
const REST_MS = 60_000;
const ATTEMPTS = 5;

export interface EmbeddedVectorIndexOptions {
  /** Vectors from which on an index gets a graph, and changes that call for a new one. Default 2,000. */
  readonly graphFrom?: number;
  /** Whether builds start by themselves; otherwise only `optimise` builds. Default true. */
  readonly background?: boolean;
}

/**
 * The vector index that needs no server. The vectors themselves are in the database; beside it, in
 * `<directory>`, stands an HNSW graph of them for each large index, derived and replaceable. What has
 * changed since the graph was built is compared exactly, and hits are scored from the database's
 * float vectors, so answers never depend on when the graph was built.
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
  private readonly restUntil = new Map<string, number>();
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
    this.indexes = new OpenIndexes(directory, this.reader, logger);
    this.graphFrom = options.graphFrom ?? GRAPH_FROM;
    this.background = options.background ?? true;
  }

  /**
   * Clears away what killed processes left and reads every index, so that the first search does not
   * wait for it. Indexes are otherwise read at their first use.
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
    // A build under way in another process finds no index to put its files in use for, and removes them.
    this.builder.sweep();
  }

  async list(): Promise<VectorIndexSpec[]> {
    return this.reader.indexes().map(({ name, dimension, model }) => ({ name, dimension, model }));
  }

  async upsert(name: string, entries: readonly VectorEntry[]): Promise<void> {
    const { dimension } = this.indexes.row(name);
    for (const { id, vector } of entries) {
      if (!Number.isSafeInteger(id) || id <= 0) throw new RangeError(`${id} is no image id`);
      const problem = vectorProblem(vector, dimension);
      if (problem !== undefined) throw vectorInvalid(name, problem, id);
    }
    if (entries.length === 0) return;
    await this.writer.upsert(name, entries);
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
    const problem = vectorProblem(query.vector, row.dimension);
    if (problem !== undefined) throw vectorInvalid(name, problem);
    for (let attempt = 1; ; attempt++) {
      const state = await this.current(name, attempt === 1 ? row : undefined);
      const result = await new SimilaritySearch(state, this.reader, query).run();
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
    // Another build may have begun before the last changes: it is waited for, then looked at again.
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

  /** Takes in a change at once where the index is in memory, so that searches need not. */
  private async keepUp(name: string): Promise<void> {
    if (this.indexes.has(name)) await this.current(name);
  }

  /** Starts a build where so much has changed, or the graph is damaged, that searches suffer. */
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

  /** Work that nobody waits for. */
  private chore(work: () => Promise<void>): void {
    const chore = work()
      .catch((error: unknown) => {
        if (!this.closing.signal.aborted) {
          this.logger?.warn(`The vector index could not be brought into its fast form: ${messageOf(error)}`);
        }
      })
      .finally(() => this.chores.delete(chore));
    this.chores.add(chore);
  }
}
