import { untilAborted } from '../../../common/index.ts';
import type { VectorIndexSpec } from '../vector-index.port.ts';
import type { ClusterClient, ClusterRequest } from './client/cluster-client.ts';
import { ClusterFault } from './client/cluster-client.ts';
import type { ClusterDialect } from './dialects/cluster-dialect.ts';
import { datasetAlias, labelAlias, physicalName, writeAlias } from './index-names.ts';

export interface ClusterLayout {
  /** Begins the names of all indexes; one for each installation on a cluster. */
  readonly prefix: string;
  /** With `{label}` in it; undefined for no aliases of labels. */
  readonly labelAliasPattern?: string;
  readonly shards: number;
  /** Undefined: as many as there are other nodes, one at most. */
  readonly replicas?: number;
  /** Whether entries with one label lie on one shard. */
  readonly routeByLabel: boolean;
}

/** What the mapping's `_meta` says of an index. */
export interface IndexRecord extends VectorIndexSpec {
  readonly prefix: string;
  readonly routeByLabel: boolean;
  /** Whether the index has the names of its dataset and labels. */
  readonly published: boolean;
  /** The raw text of labels by their aliases. */
  readonly labels: Readonly<Record<string, string>>;
}

interface Mapping {
  readonly mappings: { readonly _meta?: { readonly lookalike?: IndexRecord } };
}

const TIMEOUT_MS = 30_000;
/** Merging a large index takes its time, and goes on where nobody waits for it any more. */
const MERGE_TIMEOUT_MS = 6 * 3_600_000;
const LABELS_A_PAGE = 1_000;
/** The share of deleted entries that makes a search noticeably slower. */
const MERGED_FROM_DELETED = 0.2;

/** Makes, describes, names and removes the indexes of a cluster. Rejects with a `ClusterFault`. */
export class ClusterAdmin {
  private readonly client: ClusterClient;
  private readonly dialect: ClusterDialect;
  private readonly layout: ClusterLayout;

  constructor(client: ClusterClient, dialect: ClusterDialect, layout: ClusterLayout) {
    this.client = client;
    this.dialect = dialect;
    this.layout = layout;
  }

  physical(name: string): string {
    return physicalName(this.layout.prefix, name);
  }

  /** False where it is there already. It holds no replicas and shows no new entries until `settle`. */
  async create(spec: VectorIndexSpec): Promise<boolean> {
    const { prefix, shards, routeByLabel } = this.layout;
    const record: IndexRecord = { ...spec, prefix, routeByLabel, published: false, labels: {} };
    const physical = this.physical(spec.name);
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
            embedding: this.dialect.embeddingField(spec.dimension),
          },
        },
        aliases: { [writeAlias(physical)]: {} },
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
      await this.record(name);
      await this.call('DELETE', `/${this.physical(name)}`);
    } catch (error) {
      if (!(error instanceof ClusterFault && error.isIndexMissing)) throw error;
    }
  }

  async record(name: string, signal?: AbortSignal): Promise<IndexRecord> {
    const physical = this.physical(name);
    const found = await this.call<Record<string, Mapping>>('GET', `/${physical}/_mapping`, undefined, signal);
    const record = found[physical]?.mappings._meta?.lookalike;
    // Another installation's prefix may begin as ours does.
    if (record?.prefix !== this.layout.prefix || record.name !== name) {
      throw new ClusterFault(
        'refused',
        `the index ${physical} was not made by this service`,
        0,
        'foreign_index',
      );
    }
    return record;
  }

  async records(): Promise<IndexRecord[]> {
    const { prefix } = this.layout;
    const found = await this.call<Record<string, Mapping>>('GET', `/${prefix}-*/_mapping`);
    return Object.values(found)
      .flatMap(({ mappings }) => mappings._meta?.lookalike ?? [])
      .filter((record) => record.prefix === prefix);
  }

  async refresh(name: string): Promise<void> {
    await this.call('POST', `/${this.physical(name)}/_refresh`);
  }

  /** Whether it has been loaded and not settled since: it shows no new entries of itself. */
  async isLoading(name: string): Promise<boolean> {
    const physical = this.physical(name);
    const found = await this.call<Record<string, { settings: { index: { refresh_interval?: string } } }>>(
      'GET',
      `/${physical}/_settings`,
    );
    return found[physical]?.settings.index.refresh_interval === '-1';
  }

  /** Few large segments are searched fastest; then replicas copy them, and new entries show again. */
  async settle(name: string, signal?: AbortSignal): Promise<void> {
    const physical = this.physical(name);
    const loading = await this.isLoading(name);
    await this.refresh(name);
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
    const record = await this.record(name);
    const { dataset } = record;
    if (dataset === undefined) return;
    const physical = this.physical(name);
    const labels = await this.labelsOf(name);
    const alias = datasetAlias(this.layout.prefix, dataset);
    const named = this.labelAliases(dataset, labels);
    const others = (await this.records()).filter((other) => other.dataset === dataset && other.name !== name);
    await this.note({ ...record, published: true, labels: named });
    const removals = others
      .filter(({ published }) => published)
      .flatMap((other) =>
        this.namesOf(other).map((one) => ({ index: this.physical(other.name), alias: one })),
      )
      .concat(
        Object.keys(record.labels).flatMap((one) => (one in named ? [] : { index: physical, alias: one })),
      );
    await this.call('POST', '/_aliases', {
      actions: [
        ...removals.map((remove) => ({ remove: { ...remove, must_exist: false } })),
        { add: { index: physical, alias } },
        ...this.labelActions(physical, named),
      ],
    });
    for (const other of others.filter(({ published }) => published)) {
      await this.note({ ...other, published: false, labels: {} });
    }
  }

  /** Gives names to labels that have none yet. */
  async nameLabels(record: IndexRecord, labels: readonly string[]): Promise<IndexRecord> {
    const { name, dataset, published } = record;
    const named = dataset === undefined ? {} : this.labelAliases(dataset, labels);
    if (!published || Object.keys(named).length === 0) return record;
    const noted = { ...record, labels: { ...record.labels, ...named } };
    await this.note(noted);
    await this.call('POST', '/_aliases', { actions: this.labelActions(this.physical(name), named) });
    return noted;
  }

  private async note(record: IndexRecord): Promise<void> {
    await this.call('PUT', `/${this.physical(record.name)}/_mapping`, { _meta: { lookalike: record } });
  }

  private labelAliases(dataset: string, labels: readonly string[]): Record<string, string> {
    const pattern = this.layout.labelAliasPattern;
    if (pattern === undefined) return {};
    return Object.fromEntries(labels.map((label) => [labelAlias(pattern, dataset, label), label]));
  }

  private labelActions(physical: string, named: Readonly<Record<string, string>>): object[] {
    return Object.entries(named).map(([alias, label]) => ({
      add: { index: physical, alias, filter: { term: { labels: label } } },
    }));
  }

  private namesOf({ dataset, labels }: IndexRecord): string[] {
    const alias = dataset === undefined ? [] : [datasetAlias(this.layout.prefix, dataset)];
    return [...alias, ...Object.keys(labels)];
  }

  private async labelsOf(name: string): Promise<string[]> {
    interface Page {
      aggregations: {
        labels: { after_key?: object; buckets: { key: { label: string } }[] };
      };
    }
    const labels: string[] = [];
    for (let after: object | undefined; ;) {
      const { aggregations } = await this.call<Page>('POST', `/${this.physical(name)}/_search`, {
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
      `/${this.physical(name)}/_stats/store`,
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
