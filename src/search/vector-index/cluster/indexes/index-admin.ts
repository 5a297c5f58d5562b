import type { VectorIndexSpec } from '../../vector-index.port.ts';
import { IndexAliases } from './index-aliases.ts';
import type { ClusterClient, ClusterRequest } from '../client/cluster-client.ts';
import { ClusterFault } from '../client/cluster-fault.ts';
import type { ClusterDialect } from '../dialects/cluster-dialect.ts';
import { ownAlias } from './index-names.ts';
import type { ClusterLayout, IndexRecord, OwnIndex, Ownership } from './index-record.ts';
import { IndexRegistry } from './index-registry.ts';

const TIMEOUT_MS = 30_000;
const LABELS_PER_PAGE = 1_000;
/**
 * Creates, describes, publishes and removes the indexes of this installation. Rejects with a `ClusterFault`, or with
 * `VECTOR_INDEX_FOREIGN` if a name belongs to another installation.
 */
export class IndexAdmin {
  private readonly client: ClusterClient;
  private readonly dialect: ClusterDialect;
  private readonly layout: ClusterLayout;
  private readonly registry: IndexRegistry;
  private readonly aliases: IndexAliases;

  constructor(client: ClusterClient, dialect: ClusterDialect, layout: ClusterLayout, ownership: Ownership) {
    this.client = client;
    this.dialect = dialect;
    this.layout = layout;
    this.registry = new IndexRegistry(client, layout.prefix, ownership);
    this.aliases = new IndexAliases(client, this.registry, layout);
  }

  /** The alias to which requests on an index are sent. */
  nameOf(name: string): string {
    return this.registry.nameOf(name);
  }

  /**
   * Creates an index; resolves with false if it exists already. It has no replicas, and new entries are not visible,
   * until it is optimised. Rejects if the alias of the dataset belongs to another installation, so that this is
   * known before anything is loaded.
   */
  async create(spec: VectorIndexSpec, serverVersion: string): Promise<boolean> {
    const exists = await this.exists(spec.name);
    if (spec.dataset !== undefined) await this.aliases.assertDatasetFree(spec.name, spec.dataset);
    if (exists) return false;
    const { prefix, shards, routeByLabel } = this.layout;
    const record: IndexRecord = {
      ...spec,
      prefix,
      installation: this.registry.installation,
      routeByLabel,
      published: false,
      labels: {},
    };
    const physical = this.registry.newPhysicalName(spec.name);
    try {
      await this.call('PUT', `/${physical}`, {
        settings: {
          index: {
            number_of_shards: shards,
            number_of_replicas: 0,
            refresh_interval: '-1',
            ...this.dialect.settings,
          },
        },
        mappings: {
          dynamic: 'strict',
          _meta: { lookalike: record },
          properties: {
            externalId: { type: 'keyword' },
            labels: { type: 'keyword' },
            embedding: this.dialect.embeddingField(spec.dimension, serverVersion),
          },
        },
        aliases: { [ownAlias(physical)]: {} },
      });
      return true;
    } catch (error) {
      if (error instanceof ClusterFault && error.type === 'resource_already_exists_exception') return false;
      throw error;
    }
  }

  async drop(name: string): Promise<void> {
    try {
      // Rejects if the index belongs to another installation.
      const { physical } = await this.registry.findOwn(name);
      await this.call('DELETE', `/${physical}`);
    } catch (error) {
      if (!(error instanceof ClusterFault && error.isIndexMissing)) throw error;
    }
  }

  findOwn(name: string, signal?: AbortSignal): Promise<OwnIndex> {
    return this.registry.findOwn(name, signal);
  }

  async listRecords(): Promise<IndexRecord[]> {
    return (await this.registry.listOwn()).map(({ record }) => record);
  }

  async refresh(name: string): Promise<void> {
    await this.call('POST', `/${this.nameOf(name)}/_refresh`);
  }

  /** Moves the aliases of the dataset and its labels to this index atomically. */
  async publish(name: string): Promise<void> {
    const index = await this.registry.findOwn(name);
    if (index.record.dataset === undefined) return;
    await this.aliases.publish(index, await this.labelsOf(name));
  }

  /** Creates aliases for labels that have none yet. */
  async nameLabels(name: string, labels: readonly string[]): Promise<OwnIndex> {
    return this.aliases.nameLabels(await this.registry.findOwn(name), labels);
  }

  private async exists(name: string): Promise<boolean> {
    try {
      await this.registry.findOwn(name);
      return true;
    } catch (error) {
      if (error instanceof ClusterFault && error.isIndexMissing) return false;
      throw error;
    }
  }

  private async labelsOf(name: string): Promise<string[]> {
    interface Page {
      aggregations: {
        labels: { after_key?: object; buckets: { key: { label: string } }[] };
      };
    }
    const labels: string[] = [];
    for (let after: object | undefined; ;) {
      const { aggregations } = await this.call<Page>('POST', `/${this.nameOf(name)}/_search`, {
        size: 0,
        aggs: {
          labels: {
            composite: { size: LABELS_PER_PAGE, after, sources: [{ label: { terms: { field: 'labels' } } }] },
          },
        },
      });
      labels.push(...aggregations.labels.buckets.map(({ key }) => key.label));
      after = aggregations.labels.after_key;
      if (after === undefined) return labels;
    }
  }

  /** The size of the primary shards in bytes. */
  async sizeOf(name: string): Promise<number> {
    const { _all: all } = await this.call<{ _all: { primaries: { store: { size_in_bytes: number } } } }>(
      'GET',
      `/${this.nameOf(name)}/_stats/store`,
    );
    return all.primaries.store.size_in_bytes;
  }

  private call<Answer>(method: ClusterRequest['method'], path: string, body?: object): Promise<Answer> {
    return this.client.request<Answer>({ method, path, body, timeoutMs: TIMEOUT_MS });
  }
}
