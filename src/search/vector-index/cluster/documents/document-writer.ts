import { AppError, chunksFrom, chunksOf } from '../../../../common/index.ts';
import { searchUnavailable, vectorIndexNotFound, vectorRejected } from '../../../search.errors.ts';
import type { RejectedEntry, VectorEntry } from '../../vector-index.port.ts';
import type { BulkDocument } from '../client/cluster-client.ts';
import { isTemporary } from '../client/cluster-fault.ts';
import type { ClusterSession } from '../cluster-session.ts';
import type { IndexRecord } from '../indexes/index-record.ts';
import { assertUsable, entryRouting, toDocument } from './documents.ts';

/** The number of documents in a bulk request, except for `load`, which leaves that to the client library. */
const CHUNK = 200;
const WRITE_TIMEOUT_MS = 60_000;

interface BulkOutcome {
  readonly status: number;
  readonly error?: {
    readonly type: string;
    readonly reason: string;
    readonly caused_by?: { readonly reason: string };
  };
}

interface BulkAnswer {
  readonly items: readonly ({ readonly index: BulkOutcome } | { readonly delete: BulkOutcome })[];
}

/**
 * Writes and deletes entries, one document each. If documents are routed by label, an entry whose label changes moves
 * to another shard, so its stray, the document on the old shard, is deleted first.
 */
export class DocumentWriter {
  private readonly session: ClusterSession;

  constructor(session: ClusterSession) {
    this.session = session;
  }

  async upsert(name: string, entries: readonly VectorEntry[]): Promise<void> {
    const record = await this.session.recordOf(name);
    for (const entry of entries) assertUsable(record, entry);
    await this.refreshRoutings(record);
    for (const some of chunksOf(entries, CHUNK)) {
      const lines = some.flatMap((entry) => {
        const { id, routing, source } = toDocument(record, entry);
        return [{ index: { _id: id, routing } }, source];
      });
      await this.sendBulk(name, [...(await this.deletionsOfStrays(record, some)), ...lines]);
    }
    await this.nameLabels(record, new Set(entries.flatMap(({ labels }) => labels)));
  }

  async load(name: string, entries: AsyncIterable<VectorEntry>): Promise<RejectedEntry[]> {
    const { client, admin } = this.session;
    const record = await this.session.recordOf(name);
    const rejected: RejectedEntry[] = [];
    const labels = new Set<string>();
    const externalIds = new Map<string, string>();
    async function* usable(): AsyncGenerator<VectorEntry> {
      for await (const entry of entries) {
        const problem = problemOf(record, entry);
        if (problem === undefined) {
          for (const label of entry.labels) labels.add(label);
          yield entry;
        } else {
          const { code, message } = problem;
          rejected.push({ id: entry.id, externalId: entry.externalId, code, message });
        }
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
    await this.refreshRoutings(record);
    await this.session.attempt(name, () =>
      client.load(admin.nameOf(name), documents(), ({ id, type, reason }) => {
        const externalId = externalIds.get(id);
        if (externalId === undefined) throw new Error(`The server has rejected ${id}, which was not sent`);
        const message = `${client.product} rejected it (${type}): ${reason}.`;
        rejected.push({ id: Number(id), externalId, code: vectorRejected.code, message });
      }),
    );
    await this.nameLabels(record, labels);
    return rejected;
  }

  async delete(name: string, ids: readonly number[]): Promise<void> {
    const record = await this.session.recordOf(name);
    await this.refreshRoutings(record);
    for (const some of chunksOf(ids, CHUNK)) {
      const routings = record.routeByLabel ? await this.routingsOf(name, some) : new Map<number, string>();
      await this.sendBulk(
        name,
        some.map((id) => ({ delete: { _id: String(id), routing: routings.get(id) } })),
      );
    }
  }

  /** Sends the lines in one request. Searches see the changes once it resolves. */
  private async sendBulk(name: string, lines: readonly object[]): Promise<void> {
    if (lines.length === 0) return;
    const { client, admin } = this.session;
    const { items } = await this.session.attempt(name, () =>
      client.request<BulkAnswer>({
        method: 'POST',
        path: `/${admin.nameOf(name)}/_bulk`,
        query: { refresh: true, require_alias: true },
        lines,
        timeoutMs: WRITE_TIMEOUT_MS,
      }),
    );
    for (const item of items) {
      const { status, error } = 'index' in item ? item.index : item.delete;
      if (error === undefined) continue;
      const reason = error.caused_by?.reason ?? error.reason;
      if (error.type === 'index_not_found_exception') {
        this.session.forget(name);
        throw vectorIndexNotFound(name);
      }
      if (isTemporary({ status, type: error.type }) || status >= 500) {
        throw searchUnavailable(`${client.product}: ${reason}`);
      }
      throw vectorRejected(name, reason);
    }
  }

  private async deletionsOfStrays(record: IndexRecord, entries: readonly VectorEntry[]): Promise<object[]> {
    if (!record.routeByLabel || entries.length === 0) return [];
    const routings = await this.routingsOf(
      record.name,
      entries.map(({ id }) => id),
    );
    return entries.flatMap((entry) => {
      const routing = routings.get(entry.id);
      if (routing === undefined || routing === entryRouting(record, entry)) return [];
      return { delete: { _id: String(entry.id), routing } };
    });
  }

  /** Passes the entries on, each after its stray has been deleted. */
  private async *withoutStrays(
    record: IndexRecord,
    entries: AsyncIterable<VectorEntry>,
  ): AsyncGenerator<VectorEntry> {
    for await (const some of chunksFrom(entries, CHUNK)) {
      await this.sendBulk(record.name, await this.deletionsOfStrays(record, some));
      yield* some;
    }
  }

  /** Makes the search for routings see what `load` has written. */
  private async refreshRoutings({ name, routeByLabel }: IndexRecord): Promise<void> {
    if (routeByLabel) await this.session.attempt(name, () => this.session.admin.refresh(name));
  }

  /** The routings of those documents that exist, by id. */
  private async routingsOf(name: string, ids: readonly number[]): Promise<Map<number, string>> {
    const { hits } = await this.session.search<{ _routing?: string }>(name, {
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
    const { record: updated } = await this.session.attempt(record.name, () =>
      this.session.admin.nameLabels(record.name, unnamed),
    );
    this.session.remember(record.name, updated);
  }
}

/** The reason why the index cannot hold an entry; undefined if it can. */
function problemOf(record: IndexRecord, entry: VectorEntry): AppError | undefined {
  try {
    assertUsable(record, entry);
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}
