import { untilAborted } from '../../../common/index.ts';
import { vectorIndexForeign } from '../../search.errors.ts';
import type { ClusterClient } from './client/cluster-client.ts';
import { ClusterFault, faultOf } from './client/cluster-fault.ts';
import { ServerCheck } from './client/server-check.ts';
import type { ClusterDialect } from './dialects/cluster-dialect.ts';
import type { IndexAdmin } from './indexes/index-admin.ts';
import type { OwnIndex } from './indexes/index-record.ts';

export interface SearchAnswer<Hit> {
  readonly hits: { readonly hits: readonly (Hit & { readonly _id: string; readonly _score: number })[] };
}

/**
 * The requests that the parts of the vector index have in common. It checks the server before the first one,
 * translates faults into the errors of the port, and remembers the description of each index.
 */
export class ClusterSession {
  readonly client: ClusterClient;
  readonly dialect: ClusterDialect;
  readonly admin: IndexAdmin;
  /** How long a search may take. */
  readonly timeoutMs: number;
  private readonly server: ServerCheck;
  private readonly indexes = new Map<string, OwnIndex>();

  constructor(parts: {
    readonly client: ClusterClient;
    readonly dialect: ClusterDialect;
    readonly admin: IndexAdmin;
    readonly timeoutMs: number;
  }) {
    this.client = parts.client;
    this.dialect = parts.dialect;
    this.admin = parts.admin;
    this.timeoutMs = parts.timeoutMs;
    this.server = new ServerCheck(parts.client, parts.dialect, parts.timeoutMs);
  }

  /** Resolves with the server's version. Rejects with `SEARCH_SERVER_REFUSED` or `SEARCH_UNAVAILABLE`. */
  assertSupported(): Promise<string> {
    return this.server.assertSupported();
  }

  /**
   * Does `work`, which concerns the index `name` and receives the server's version. Rejects with an error of the
   * port in place of a `ClusterFault`. If it is aborted, it rejects as if the server had not answered in time.
   */
  async attempt<Result>(
    name: string,
    work: (serverVersion: string) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    try {
      return await work(await untilAborted(this.server.assertSupported(), signal));
    } catch (thrown) {
      const error = thrown === signal?.reason ? faultOf(thrown) : thrown;
      if (vectorIndexForeign.is(error)) this.forget(name);
      if (!(error instanceof ClusterFault)) throw error;
      // The index may have been replaced by another one.
      if (error.kind === 'refused') this.forget(name);
      throw error.toAppError(this.client.product, name);
    }
  }

  /** The description of an index, which is read from the server once. */
  async indexOf(name: string, signal?: AbortSignal): Promise<OwnIndex> {
    return this.indexes.get(name) ?? this.readIndex(name, signal);
  }

  /** The description of an index as it is on the server now. */
  async readIndex(name: string, signal?: AbortSignal): Promise<OwnIndex> {
    const index = await this.attempt(name, () => this.admin.findOwn(name, signal), signal);
    this.remember(name, index);
    return index;
  }

  remember(name: string, index: OwnIndex): void {
    this.indexes.set(name, index);
  }

  /** Makes the next call read the description from the server again. */
  forget(name: string): void {
    this.indexes.delete(name);
  }

  forgetAll(): void {
    this.indexes.clear();
  }

  async search<Hit>(
    name: string,
    body: object,
    { routing, signal }: { readonly routing?: string; readonly signal?: AbortSignal } = {},
  ): Promise<SearchAnswer<Hit>> {
    const request = () =>
      this.client.request<SearchAnswer<Hit>>({
        method: 'POST',
        path: `/${this.admin.nameOf(name)}/_search`,
        query: { allow_partial_search_results: false, ...(routing === undefined ? {} : { routing }) },
        body,
        timeoutMs: this.timeoutMs,
        signal,
      });
    return this.attempt(name, request, signal);
  }

  /** The number of entries that match the filter, or of all entries. */
  async count(name: string, filter?: object, signal?: AbortSignal): Promise<number> {
    const request = () =>
      this.client.request<{ count: number }>({
        method: 'POST',
        path: `/${this.admin.nameOf(name)}/_count`,
        body: filter === undefined ? {} : { query: filter },
        timeoutMs: this.timeoutMs,
        signal,
      });
    return (await this.attempt(name, request, signal)).count;
  }
}
