import { untilAborted } from '../../../common/index.ts';
import type { VectorIndexSpec } from '../vector-index.port.ts';
import { ClusterAliases } from './cluster-aliases.ts';
import type { ClusterClient, ClusterRequest } from './client/cluster-client.ts';
import { ClusterFault } from './client/cluster-client.ts';
import type { ClusterDialect } from './dialects/cluster-dialect.ts';
import { ownAlias } from './index-names.ts';
import type { ClusterLayout, IndexRecord, OwnIndex, Ownership } from './index-record.ts';
import { IndexRegistry } from './index-registry.ts';

const TIMEOUT_MS = 30_000;
/** Merging a large index takes its time, and goes on where nobody waits for it any more. */
const MERGE_TIMEOUT_MS = 6 * 3_600_000;
const LABELS_A_PAGE = 1_000;
/** The share of deleted entries that makes a search noticeably slower. */
const MERGED_FROM_DELETED = 0.2;

/**
 * Makes, describes, names and removes the indexes of this installation. Rejects with a
 * `ClusterFault`, or with `VECTOR_INDEX_FOREIGN` where a name belongs to somebody else.
 */
export class ClusterAdmin {
  private readonly client: ClusterClient;
  private readonly dialect: ClusterDialect;
  private readonly layout: ClusterLayout;
  private readonly registry: IndexRegistry;
  private readonly aliases: ClusterAliases;

  constructor(client: ClusterClient, dialect: ClusterDialect, layout: ClusterLayout, ownership: Ownership) {
    this.client = client;
    this.dialect = dialect;
    this.layout = layout;
    this.registry = new IndexRegistry(client, layout.prefix, ownership);
    this.aliases = new ClusterAliases(client, this.registry, layout);
  }

  /** What requests on an index are sent to. */
  nameOf(name: string): string {
    return this.registry.nameOf(name);
  }

  /**
   * False where it is there already. It holds no replicas and shows no new entries until `settle`.
   * Refuses a dataset whose name is taken by an index that is not ours, before anything is loaded.
   */
  async create(spec: VectorIndexSpec, serverVersion: string): Promise<boolean> {
    const isThere = await this.isThere(spec.name);
    if (spec.dataset !== undefined) await this.aliases.assertDatasetFree(spec.name, spec.dataset);
    if (isThere) return false;
    const { prefix, shards, routeByLabel } = this.layout;
    const record: IndexRecord = {
      ...spec,
      prefix,
      installation: this.registry.installation,
      routeByLabel,
      published: false,
      labels: {},
    };
    const physical = this.registry.physical(spec.name);
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
      // Rejects where it is somebody else's.
      const { physical } = await this.registry.find(name);
      await this.call('DELETE', `/${physical}`);
    } catch (error) {
      if (!(error instanceof ClusterFault && error.isIndexMissing)) throw error;
    }
  }

  find(name: string, signal?: AbortSignal): Promise<OwnIndex> {
    return this.registry.find(name, signal);
  }

  async records(): Promise<IndexRecord[]> {
    return (await this.registry.all()).map(({ record }) => record);
  }

  async refresh(name: string): Promise<void> {
    await this.call('POST', `/${this.nameOf(name)}/_refresh`);
  }

  /** Whether it has been loaded and not settled since: it shows no new entries of itself. */
  private async isLoading(physical: string): Promise<boolean> {
    const found = await this.call<Record<string, { settings: { index: { refresh_interval?: string } } }>>(
      'GET',
      `/${physical}/_settings`,
    );
    return found[physical]?.settings.index.refresh_interval === '-1';
  }

  /** Few large segments are searched fastest; then replicas copy them, and new entries show again. */
  async settle(name: string, serverVersion: string, signal?: AbortSignal): Promise<void> {
    const { physical } = await this.registry.find(name);
    const loading = await this.isLoading(physical);
    await this.refresh(name);
    await this.updateField(physical, serverVersion);
    if (loading || (await this.shareDeleted(physical)) > MERGED_FROM_DELETED) {
      const merged = this.client.request({
        method: 'POST',
        path: `/${physical}/_forcemerge`,
        query: { max_num_segments: 1 },
        timeoutMs: MERGE_TIMEOUT_MS,
      });
      await untilAborted(merged, signal);
    }
    if (!loading) return;
    const { replicas } = this.layout;
    await this.call('PUT', `/${physical}/_settings`, {
      index: {
        refresh_interval: null,
        ...(replicas === undefined ? { auto_expand_replicas: '0-1' } : { number_of_replicas: replicas }),
      },
    });
  }

  /** Moves the names of the dataset and of its labels to this index, all in one step. */
  async publish(name: string): Promise<void> {
    const index = await this.registry.find(name);
    if (index.record.dataset === undefined) return;
    await this.aliases.publish(index, await this.labelsOf(name));
  }

  /** Gives names to labels that have none yet. */
  async nameLabels(name: string, labels: readonly string[]): Promise<OwnIndex> {
    return this.aliases.nameLabels(await this.registry.find(name), labels);
  }

  /** An index made by an older server or version gets what its mapping can still be given. */
  private async updateField(physical: string, serverVersion: string): Promise<void> {
    interface Fields {
      mappings: { properties: { embedding?: object } };
    }
    const found = await this.call<Record<string, Fields>>('GET', `/${physical}/_mapping`);
    const field = found[physical]?.mappings.properties.embedding ?? {};
    const updated = this.dialect.updatedField(field, serverVersion);
    if (updated === undefined) return;
    await this.call('PUT', `/${physical}/_mapping`, { properties: { embedding: updated } });
  }

  private async isThere(name: string): Promise<boolean> {
    try {
      await this.registry.find(name);
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
            composite: { size: LABELS_A_PAGE, after, sources: [{ label: { terms: { field: 'labels' } } }] },
          },
        },
      });
      labels.push(...aggregations.labels.buckets.map(({ key }) => key.label));
      after = aggregations.labels.after_key;
      if (after === undefined) return labels;
    }
  }

  /** Of the primary shards. */
  async sizeOf(name: string): Promise<number> {
    const { _all: all } = await this.call<{ _all: { primaries: { store: { size_in_bytes: number } } } }>(
      'GET',
      `/${this.nameOf(name)}/_stats/store`,
    );
    return all.primaries.store.size_in_bytes;
  }

  private async shareDeleted(physical: string): Promise<number> {
    const { _all: all } = await this.call<{
      _all: { primaries: { docs: { count: number; deleted: number } } };
    }>('GET', `/${physical}/_stats/docs`);
    const { count, deleted } = all.primaries.docs;
    return deleted / Math.max(1, count + deleted);
  }

  private call<Answer>(
    method: ClusterRequest['method'],
    path: string,
    body?: object,
    signal?: AbortSignal,
  ): Promise<Answer> {
    return this.client.request<Answer>({ method, path, body, timeoutMs: TIMEOUT_MS, signal });
  }
}
