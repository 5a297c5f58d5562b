import type { LoggerService } from '@nestjs/common';
import { AppError, chunksFrom, chunksOf, untilAborted } from '../../../common/index.ts';
import {
  searchUnavailable,
  vectorIndexMismatch,
  vectorIndexNotFound,
  vectorRejected,
  vectorIndexForeign,
} from '../../search.errors.ts';
import {
  VectorIndex,
  type RejectedEntry,
  type VectorEntry,
  type VectorIndexSpec,
  type VectorMatch,
  type VectorQuery,
  type VectorSearchResult,
} from '../vector-index.port.ts';
import { assertVectorUsable } from '../validate-vector.ts';
import { ClusterAdmin } from './cluster-admin.ts';
import {
  type BulkDocument,
  type ClusterClient,
  ClusterFault,
  faultOf,
  isForNow,
} from './client/cluster-client.ts';
import type { ClusterDialect } from './dialects/cluster-dialect.ts';
import { assertUsable, cosineOf, filterOf, routingOf, toDocument } from './documents.ts';
import type { ClusterLayout, IndexRecord, Ownership } from './index-record.ts';
import { MAX_CANDIDATES, searchEffort } from './search-effort.ts';
import { ServerCheck } from './server-check.ts';
import { shortDecimals } from './short-decimals.ts';

export interface ClusterOptions {
  readonly client: ClusterClient;
  readonly dialect: ClusterDialect;
  readonly layout: ClusterLayout;
  readonly ownership: Ownership;
  /** The share of the true neighbours that searches look for: 0 to 1. */
  readonly recall: number;
  /** How long a search may take. */
  readonly timeoutMs: number;
  readonly logger?: Pick<LoggerService, 'warn'>;
}

/** Documents of one bulk request of `upsert`; `load` leaves that to the client. */
const WRITTEN_AT_ONCE = 200;
const READ_AT_ONCE = 200;
const WRITE_TIMEOUT_MS = 60_000;
const PING_TIMEOUT_MS = 2_500;
/** Beyond this all shards are asked: the engines limit the first line of a request to 4 KB. */
const LONGEST_ROUTING = 1_000;

/**
 * Keeps vectors in Elasticsearch or OpenSearch: an index each, searched through its graph (HNSW).
 *
 * Both engines score (1 + cosine) / 2 from the float vectors; this turns it back. Which engine it
 * is, is the business of the client and the dialect.
 */
export class ClusterVectorIndex extends VectorIndex {
  readonly kind: string;
  private readonly client: ClusterClient;
  private readonly dialect: ClusterDialect;
  private readonly admin: ClusterAdmin;
  private readonly recall: number;
  private readonly timeoutMs: number;
  private readonly logger: ClusterOptions['logger'];
  private readonly records = new Map<string, IndexRecord>();
  private readonly server: ServerCheck;

  constructor({ client, dialect, layout, ownership, recall, timeoutMs, logger }: ClusterOptions) {
    super();
    this.client = client;
    this.dialect = dialect;
    this.kind = dialect.kind;
    this.admin = new ClusterAdmin(client, dialect, layout, ownership);
    this.server = new ServerCheck(client, dialect, timeoutMs);
    this.recall = recall;
    this.timeoutMs = timeoutMs;
    this.logger = logger;
  }

  async open(): Promise<void> {
    try {
      await this.server.assertSupported();
    } catch (error) {
      if (!searchUnavailable.is(error)) throw error;
      this.logger?.warn(`${error.message} The service starts without it.`);
    }
  }

  async create(spec: VectorIndexSpec): Promise<boolean> {
    return this.on(spec.name, async (serverVersion) => {
      const created = await this.admin.create(spec, serverVersion);
      const { record: there } = await this.admin.find(spec.name);
      if (there.dimension !== spec.dimension || there.model !== spec.model) {
        throw vectorIndexMismatch(spec.name, there, spec);
      }
      this.records.set(spec.name, there);
      return created;
    });
  }

  async drop(name: string): Promise<void> {
    this.records.delete(name);
    await this.on(name, () => this.admin.drop(name));
  }

  async list(): Promise<VectorIndexSpec[]> {
    const records = await this.on('*', () => this.admin.records());
    return records.map(({ name, dimension, model, dataset }) => ({
      name,
      dimension,
      model,
      ...(dataset === undefined ? {} : { dataset }),
    }));
  }

  async upsert(name: string, entries: readonly VectorEntry[]): Promise<void> {
    const record = await this.record(name);
    for (const entry of entries) assertUsable(record, entry);
    await this.showRoutings(record);
    for (const some of chunksOf(entries, WRITTEN_AT_ONCE)) {
      const lines = some.flatMap((entry) => {
        const { id, routing, source } = toDocument(record, entry);
        return [{ index: { _id: id, routing } }, source];
      });
      await this.write(name, [...(await this.strays(record, some)), ...lines]);
    }
    await this.nameLabels(record, new Set(entries.flatMap(({ labels }) => labels)));
  }

  override async load(name: string, entries: AsyncIterable<VectorEntry>): Promise<RejectedEntry[]> {
    const record = await this.record(name);
    const rejected: RejectedEntry[] = [];
    const labels = new Set<string>();
    const externalIds = new Map<string, string>();
    async function* usable(): AsyncGenerator<VectorEntry> {
      for await (const entry of entries) {
        try {
          assertUsable(record, entry);
        } catch (error) {
          const { code, message } = error as AppError;
          rejected.push({ id: entry.id, externalId: entry.externalId, code, message });
          continue;
        }
        for (const label of entry.labels) labels.add(label);
        yield entry;
      }
    }
    const stream = record.routeByLabel ? this.withoutStrays(record, usable()) : usable();
    async function* documents(): AsyncGenerator<BulkDocument> {
      for await (const entry of stream) {
        const document = toDocument(record, entry);
        externalIds.set(document.id, entry.externalId);
        yield document;
      }
    }
    await this.showRoutings(record);
    await this.on(name, () =>
      this.client.load(this.admin.nameOf(name), documents(), ({ id, type, reason }) => {
        rejected.push({
          id: Number(id),
          externalId: externalIds.get(id) ?? id,
          code: vectorRejected.code,
          message: `${this.client.product} would not take it (${type}): ${reason}.`,
        });
      }),
    );
    await this.nameLabels(record, labels);
    return rejected;
  }

  async delete(name: string, ids: readonly number[]): Promise<void> {
    const record = await this.record(name);
    await this.showRoutings(record);
    for (const some of chunksOf(ids, WRITTEN_AT_ONCE)) {
      const routing = record.routeByLabel ? await this.routings(name, some) : new Map<number, string>();
      await this.write(
        name,
        some.map((id) => ({ delete: { _id: String(id), routing: routing.get(id) } })),
      );
    }
  }

  async search(name: string, query: VectorQuery): Promise<VectorSearchResult> {
    const signal = AbortSignal.timeout(this.timeoutMs);
    const record = await this.record(name, signal);
    assertVectorUsable(name, query.vector, record.dimension);
    if (query.labels?.length === 0) return { matches: [], exact: true };
    // One more than asked for shows whether the last place is shared.
    for (let wanted = query.k + 1; ; wanted = Math.min(wanted * 2, MAX_CANDIDATES)) {
      const { matches, exact } = await this.nearest(record, query, wanted, signal);
      const isShared = matches[query.k - 1]?.score === matches.at(-1)?.score;
      if (!isShared || matches.length < wanted || wanted === MAX_CANDIDATES) {
        return { matches: matches.slice(0, query.k), exact };
      }
    }
  }

  async vectors(name: string, ids: readonly number[]): Promise<Map<number, Float32Array>> {
    await this.record(name);
    const vectors = new Map<number, Float32Array>();
    for (const some of chunksOf(ids, READ_AT_ONCE)) {
      const { hits } = await this.query<{ fields: { embedding: number[] } }>(name, {
        size: some.length,
        _source: false,
        fields: ['embedding'],
        query: { ids: { values: some.map(String) } },
      });
      for (const { _id, fields } of hits.hits) vectors.set(Number(_id), Float32Array.from(fields.embedding));
    }
    return vectors;
  }

  async count(name: string): Promise<number> {
    await this.record(name);
    return this.countMatching(name, undefined);
  }

  async sizeOf(name: string): Promise<number> {
    await this.record(name);
    return this.on(name, () => this.admin.sizeOf(name));
  }

  async optimise(
    name: string,
    { signal, onProgress }: { signal?: AbortSignal; onProgress?: (share: number) => void } = {},
  ): Promise<void> {
    await this.on(name, (serverVersion) => this.admin.settle(name, serverVersion, signal));
    onProgress?.(1);
  }

  override async publish(name: string): Promise<void> {
    this.records.clear();
    await this.on(name, () => this.admin.publish(name));
  }

  async ping(): Promise<void> {
    await this.on('*', () =>
      this.client.request({ method: 'GET', path: '/_cluster/health', timeoutMs: PING_TIMEOUT_MS }),
    );
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  /** At most `wanted`, by rank; fewer only where no more match. */
  private async nearest(
    record: IndexRecord,
    query: VectorQuery,
    wanted: number,
    signal: AbortSignal,
  ): Promise<{ matches: VectorMatch[]; exact: boolean }> {
    const effort = searchEffort(this.recall, wanted);
    const filter = filterOf(query);
    const found = await this.walk(record, query, { wanted, candidates: effort.candidates, filter, signal });
    if (found.length === wanted) return { matches: found, exact: false };
    // A graph may be walked past entries that match. A filter that few entries pass makes the
    // engine compare all of those.
    const matching = await this.countMatching(record.name, filter, signal);
    if (found.length >= Math.min(matching, wanted))
      return { matches: found, exact: found.length >= matching };
    const candidates = Math.min(MAX_CANDIDATES, matching);
    const all = filter ?? { exists: { field: 'embedding' } };
    const again = await this.walk(record, query, { wanted, candidates, filter: all, signal });
    return { matches: again, exact: candidates === matching };
  }

  private async walk(
    record: IndexRecord,
    query: VectorQuery,
    how: { wanted: number; candidates: number; filter: object | undefined; signal: AbortSignal },
  ): Promise<VectorMatch[]> {
    const { oversample } = searchEffort(this.recall, how.wanted);
    const routing = record.routeByLabel ? query.labels?.map(routingOf).join(',') : undefined;
    const isShort = routing !== undefined && routing.length <= LONGEST_ROUTING;
    const { hits } = await this.query<object>(
      record.name,
      this.dialect.searchBody({
        vector: shortDecimals(query.vector),
        k: how.wanted,
        effort: { candidates: how.candidates, oversample },
        filter: how.filter,
      }),
      { ...(isShort ? { routing } : {}), signal: how.signal },
    );
    return hits.hits
      .map(({ _id, _score }) => ({ id: Number(_id), score: cosineOf(_score) }))
      .sort((a, b) => b.score - a.score || a.id - b.id);
  }

  private async query<Hit>(
    name: string,
    body: object,
    { routing, signal }: { routing?: string; signal?: AbortSignal } = {},
  ): Promise<SearchAnswer<Hit>> {
    const work = () =>
      this.client.request<SearchAnswer<Hit>>({
        method: 'POST',
        path: `/${this.admin.nameOf(name)}/_search`,
        query: { allow_partial_search_results: false, ...(routing === undefined ? {} : { routing }) },
        body,
        timeoutMs: this.timeoutMs,
        signal,
      });
    return this.on(name, work, signal);
  }

  private async countMatching(
    name: string,
    filter: object | undefined,
    signal?: AbortSignal,
  ): Promise<number> {
    const work = () =>
      this.client.request<{ count: number }>({
        method: 'POST',
        path: `/${this.admin.nameOf(name)}/_count`,
        body: filter === undefined ? {} : { query: filter },
        timeoutMs: this.timeoutMs,
        signal,
      });
    const { count } = await this.on(name, work, signal);
    return count;
  }

  /** Writes at once and shows it. */
  private async write(name: string, lines: readonly object[]): Promise<void> {
    if (lines.length === 0) return;
    const { items } = await this.on(name, () =>
      this.client.request<BulkAnswer>({
        method: 'POST',
        path: `/${this.admin.nameOf(name)}/_bulk`,
        query: { refresh: true, require_alias: true },
        lines,
        timeoutMs: WRITE_TIMEOUT_MS,
      }),
    );
    for (const { index, delete: deletion } of items) {
      const { status = 0, error } = index ?? deletion ?? {};
      if (error === undefined) continue;
      const reason = error.caused_by?.reason ?? error.reason;
      if (error.type === 'index_not_found_exception') {
        this.records.delete(name);
        throw vectorIndexNotFound(name);
      }
      if (isForNow({ status, type: error.type }) || status >= 500) {
        throw searchUnavailable(`${this.client.product}: ${reason}`);
      }
      throw vectorRejected(name, reason);
    }
  }

  /** Lines that delete entries which their new label will send to another shard. */
  private async strays(record: IndexRecord, entries: readonly VectorEntry[]): Promise<object[]> {
    if (!record.routeByLabel || entries.length === 0) return [];
    const routings = await this.routings(
      record.name,
      entries.map(({ id }) => id),
    );
    return entries.flatMap((entry) => {
      const routing = routings.get(entry.id);
      if (routing === undefined || routing === routingOf(entry.labels[0] ?? '')) return [];
      return { delete: { _id: String(entry.id), routing } };
    });
  }

  /** Shows what `load` has written to the searches for routings. */
  private async showRoutings({ name, routeByLabel }: IndexRecord): Promise<void> {
    if (routeByLabel) await this.on(name, () => this.admin.refresh(name));
  }

  /** The entries of a stream, each after what the index holds of it elsewhere is gone. */
  private async *withoutStrays(
    record: IndexRecord,
    entries: AsyncIterable<VectorEntry>,
  ): AsyncGenerator<VectorEntry> {
    for await (const some of chunksFrom(entries, READ_AT_ONCE)) {
      await this.write(record.name, await this.strays(record, some));
      yield* some;
    }
  }

  private async routings(name: string, ids: readonly number[]): Promise<Map<number, string>> {
    const { hits } = await this.query<{ _routing?: string }>(name, {
      size: ids.length,
      _source: false,
      query: { ids: { values: ids.map(String) } },
    });
    return new Map(hits.hits.flatMap(({ _id, _routing }) => (_routing ? [[Number(_id), _routing]] : [])));
  }

  private async nameLabels(record: IndexRecord, labels: ReadonlySet<string>): Promise<void> {
    if (record.dataset === undefined) return;
    const named = new Set(Object.values(record.labels));
    const unnamed = [...labels].filter((label) => !named.has(label));
    if (unnamed.length === 0) return;
    await this.on(record.name, async () => {
      const { record: now } = await this.admin.nameLabels(record.name, unnamed);
      this.records.set(record.name, now);
    });
  }

  /** What the index was made for, asked of the server once. */
  private async record(name: string, signal?: AbortSignal): Promise<IndexRecord> {
    let record = this.records.get(name);
    if (record === undefined) {
      ({ record } = await this.on(name, () => this.admin.find(name, signal), signal));
      this.records.set(name, record);
    }
    return record;
  }

  private async on<Result>(
    name: string,
    work: (serverVersion: string) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    try {
      return await work(await untilAborted(this.server.assertSupported(), signal));
    } catch (thrown) {
      const error = thrown === signal?.reason ? faultOf(thrown) : thrown;
      if (vectorIndexForeign.is(error)) this.records.delete(name);
      if (!(error instanceof ClusterFault)) throw error;
      // Somebody may have put another index in its place.
      if (error.kind === 'refused') this.records.delete(name);
      throw error.toAppError(this.client.product, name);
    }
  }
}

interface SearchAnswer<Hit> {
  readonly hits: { readonly hits: readonly (Hit & { readonly _id: string; readonly _score: number })[] };
}

interface BulkOutcome {
  readonly status: number;
  readonly error?: {
    readonly type: string;
    readonly reason: string;
    readonly caused_by?: { readonly reason: string };
  };
}

interface BulkAnswer {
  readonly items: readonly { readonly index?: BulkOutcome; readonly delete?: BulkOutcome }[];
}
