import type { LoggerService } from '@nestjs/common';
import { chunksOf } from '../../../common/index.ts';
import { searchUnavailable, vectorIndexMismatch } from '../../search.errors.ts';
import {
  VectorIndex,
  type EntryFacts,
  type RejectedEntry,
  type VectorEntry,
  type VectorIndexSpec,
  type VectorQuery,
  type VectorSearchResult,
} from '../vector-index.port.ts';
import type { ClusterClient } from './client/cluster-client.ts';
import { ClusterSession } from './cluster-session.ts';
import type { ClusterDialect } from './dialects/cluster-dialect.ts';
import { DocumentWriter } from './documents/document-writer.ts';
import { vectorOf, type VectorFields } from './documents/vector-fields.ts';
import { IndexAdmin } from './indexes/index-admin.ts';
import { IndexOptimiser } from './indexes/index-optimiser.ts';
import type { ClusterLayout, Ownership } from './indexes/index-record.ts';
import { NearestSearch } from './search/nearest-search.ts';

export interface ClusterOptions {
  readonly client: ClusterClient;
  readonly dialect: ClusterDialect;
  readonly layout: ClusterLayout;
  readonly ownership: Ownership;
  /** The share of the true neighbours that a search is to find, 0 to 1. */
  readonly recall: number;
  /** How long a search may take. */
  readonly timeoutMs: number;
  readonly logger?: Pick<LoggerService, 'warn'>;
}

const VECTORS_PER_REQUEST = 200;
const PING_TIMEOUT_MS = 2_500;

/**
 * Stores vectors in Elasticsearch or OpenSearch, in an index of the server for each of ours, and searches them through
 * its graph (HNSW). Everything that differs between the two engines is in the client and the dialect.
 */
export class ClusterVectorIndex extends VectorIndex {
  readonly kind: string;
  private readonly client: ClusterClient;
  private readonly admin: IndexAdmin;
  private readonly optimiser: IndexOptimiser;
  private readonly session: ClusterSession;
  private readonly writer: DocumentWriter;
  private readonly nearest: NearestSearch;
  private readonly logger: ClusterOptions['logger'];

  constructor({ client, dialect, layout, ownership, recall, timeoutMs, logger }: ClusterOptions) {
    super();
    this.kind = dialect.kind;
    this.client = client;
    this.admin = new IndexAdmin(client, dialect, layout, ownership, logger);
    this.optimiser = new IndexOptimiser(client, dialect, layout);
    this.session = new ClusterSession({ client, dialect, admin: this.admin, timeoutMs });
    this.writer = new DocumentWriter(this.session);
    this.nearest = new NearestSearch(this.session, recall);
    this.logger = logger;
  }

  async open(): Promise<void> {
    try {
      await this.session.assertSupported();
    } catch (error) {
      if (!searchUnavailable.is(error)) throw error;
      this.logger?.warn(`${error.message} The service starts without it.`);
    }
  }

  async create(spec: VectorIndexSpec): Promise<boolean> {
    return this.session.attempt(spec.name, async (serverVersion) => {
      const isNew = await this.admin.create(spec, serverVersion);
      const index = await this.admin.findOwn(spec.name);
      const { record } = index;
      if (record.dimension !== spec.dimension || record.model !== spec.model) {
        throw vectorIndexMismatch(spec.name, record, spec);
      }
      this.session.remember(spec.name, index);
      return isNew;
    });
  }

  async drop(name: string): Promise<void> {
    this.session.forget(name);
    await this.session.attempt(name, () => this.admin.drop(name));
  }

  async list(): Promise<VectorIndexSpec[]> {
    const records = await this.session.attempt('*', () => this.admin.listRecords());
    return records.map(({ name, dimension, model, dataset }) => ({
      name,
      dimension,
      model,
      ...(dataset === undefined ? {} : { dataset }),
    }));
  }

  async upsert(name: string, entries: readonly VectorEntry[]): Promise<void> {
    await this.writer.upsert(name, entries);
  }

  override async load(name: string, entries: AsyncIterable<VectorEntry>): Promise<RejectedEntry[]> {
    return this.writer.load(name, entries);
  }

  async update(name: string, facts: readonly EntryFacts[]): Promise<void> {
    await this.writer.update(name, facts);
  }

  async delete(name: string, ids: readonly number[]): Promise<void> {
    await this.writer.delete(name, ids);
  }

  async search(name: string, query: VectorQuery): Promise<VectorSearchResult> {
    return this.nearest.findNearest(name, query);
  }

  async vectors(name: string, ids: readonly number[]): Promise<Map<number, Float32Array>> {
    const { storesVectors } = await this.session.indexOf(name);
    const vectors = new Map<number, Float32Array>();
    for (const some of chunksOf(ids, VECTORS_PER_REQUEST)) {
      const { hits } = await this.session.search<{ fields: VectorFields }>(name, {
        size: some.length,
        _source: false,
        ...this.session.dialect.vectorsOfHits(storesVectors),
        query: { ids: { values: some.map(String) } },
      });
      for (const { _id, fields } of hits.hits) vectors.set(Number(_id), vectorOf(fields));
    }
    return vectors;
  }

  async count(name: string): Promise<number> {
    await this.session.indexOf(name);
    return this.session.count(name);
  }

  async sizeOf(name: string): Promise<number> {
    await this.session.indexOf(name);
    return this.session.attempt(name, () => this.admin.sizeOf(name));
  }

  async optimise(
    name: string,
    { signal, onProgress }: { signal?: AbortSignal; onProgress?: (share: number) => void } = {},
  ): Promise<void> {
    await this.session.attempt(name, async (serverVersion) => {
      const index = await this.admin.findOwn(name);
      await this.admin.refresh(name);
      await this.optimiser.optimise(index.physical, serverVersion, signal);
      await this.admin.optimiseLabels(index, serverVersion, signal);
    });
    onProgress?.(1);
  }

  override async publish(name: string): Promise<void> {
    this.session.forgetAll();
    await this.session.attempt(name, (serverVersion) => this.admin.publish(name, serverVersion));
  }

  async ping(): Promise<void> {
    await this.session.attempt('*', () =>
      this.client.request({ method: 'GET', path: '/_cluster/health', timeoutMs: PING_TIMEOUT_MS }),
    );
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}
