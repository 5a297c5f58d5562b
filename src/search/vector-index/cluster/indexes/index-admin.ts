import type { LoggerService } from '@nestjs/common';
import type { VectorIndexSpec } from '../../vector-index.port.ts';
import type { ClusterClient, ClusterRequest } from '../client/cluster-client.ts';
import { ClusterFault } from '../client/cluster-fault.ts';
import type { ClusterDialect } from '../dialects/cluster-dialect.ts';
import { attributeFields, documentFields, type FieldTypes } from '../documents/document-fields.ts';
import { IndexAliases } from './index-aliases.ts';
import { indexBody } from './index-body.ts';
import { labelIndexName, labelIndexPrefix } from './index-names.ts';
import {
  DOCUMENT_FORMAT,
  type ClusterLayout,
  type IndexRecord,
  type OwnIndex,
  type Ownership,
} from './index-record.ts';
import { IndexRegistry } from './index-registry.ts';
import { LabelIndexes } from './label-indexes.ts';

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
  private readonly labelIndexes: LabelIndexes;

  constructor(
    client: ClusterClient,
    dialect: ClusterDialect,
    layout: ClusterLayout,
    ownership: Ownership,
    logger?: Pick<LoggerService, 'warn'>,
  ) {
    this.client = client;
    this.dialect = dialect;
    this.layout = layout;
    this.registry = new IndexRegistry(client, layout.prefix, ownership);
    this.aliases = new IndexAliases(client, this.registry, layout);
    this.labelIndexes = new LabelIndexes({ client, dialect, registry: this.registry, layout, logger });
  }

  /** The alias to which requests on an index are sent. */
  nameOf(name: string): string {
    return this.registry.nameOf(name);
  }

  /**
   * Creates an index. Resolves with whether all of its entries must be written: because it is new, or because its
   * documents were written by an earlier version. Rejects if the alias of the dataset belongs to another
   * installation, so that this is known before anything is loaded.
   */
  async create(spec: VectorIndexSpec, serverVersion: string): Promise<boolean> {
    const existing = await this.find(spec.name);
    if (spec.dataset !== undefined) await this.aliases.assertDatasetFree(spec.name, spec.dataset);
    if (existing !== undefined) {
      await this.labelIndexes.reconcile(existing);
      return existing.record.format !== DOCUMENT_FORMAT;
    }
    const { prefix, shards, routeByLabel } = this.layout;
    const record: IndexRecord = {
      ...spec,
      prefix,
      installation: this.registry.installation,
      format: DOCUMENT_FORMAT,
      routeByLabel,
      published: false,
      labels: {},
    };
    const physical = this.registry.newPhysicalName(spec.name);
    const { dialect } = this;
    const { dimension } = spec;
    try {
      await this.call(
        'PUT',
        `/${physical}`,
        indexBody({ physical, record, dimension, shards, attributes: {}, dialect, serverVersion }),
      );
      return true;
    } catch (error) {
      if (error instanceof ClusterFault && error.type === 'resource_already_exists_exception') return false;
      throw error;
    }
  }

  /** Removes an index and its label indexes. */
  async drop(name: string): Promise<void> {
    // Rejects if the index belongs to another installation.
    const index = await this.find(name);
    await this.labelIndexes.remove(await this.registry.listLabelIndexes(name));
    if (index !== undefined) await this.labelIndexes.remove([index.physical]);
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

  /** Adds to an index and its label indexes the fields of attributes, and those that documents have got since. */
  async addFields({ physical, base, record }: OwnIndex, attributes: FieldTypes): Promise<void> {
    const properties = { ...documentFields(), ...attributeFields(attributes).properties };
    const labels = (record.labelIndexes ?? []).map((label) => labelIndexName(base, label));
    for (const one of [physical, ...labels]) await this.call('PUT', `/${one}/_mapping`, { properties });
  }

  /** Brings the label indexes of an index into their fast form. */
  async optimiseLabels(index: OwnIndex, serverVersion: string, signal?: AbortSignal): Promise<void> {
    await this.labelIndexes.optimise(index, serverVersion, signal);
  }

  /**
   * Gives the index the aliases of its dataset and labels, atomically taking them from the dataset's other indexes.
   * The labels with the most entries have their own indexes first, as many as the layout allows.
   */
  async publish(name: string, serverVersion: string): Promise<void> {
    let index = await this.registry.findOwn(name);
    index = await this.registry.saveRecord({
      ...index,
      record: { ...index.record, format: DOCUMENT_FORMAT },
    });
    if (index.record.dataset === undefined) return;
    const counts = await this.labelCounts(name);
    const chosen = this.labelIndexes.choose(index.record, counts);
    index = await this.labelIndexes.fill(index, chosen, serverVersion, counts);
    const { published, replaced } = await this.aliases.publish(index, [...counts.keys()], new Set(chosen));
    await this.registry.saveRecord({ ...published, record: { ...published.record, labelIndexes: chosen } });
    await this.labelIndexes.keepOnly(published, chosen);
    for (const other of replaced) await this.labelIndexes.keepOnly(other, []);
  }

  /** Creates aliases for labels that have none yet, and indexes as long as the layout allows more. */
  async nameLabels(name: string, labels: readonly string[], serverVersion: string): Promise<OwnIndex> {
    let index = await this.registry.findOwn(name);
    const { record } = index;
    const named = new Set(Object.values(record.labels));
    const unnamed = labels.filter((label) => !named.has(label));
    const isComplete = record.published && record.format === DOCUMENT_FORMAT;
    const room = isComplete ? this.labelIndexes.most - (record.labelIndexes ?? []).length : 0;
    const chosen = unnamed.slice(0, Math.max(0, room));
    if (chosen.length > 0) await this.refresh(name);
    index = await this.labelIndexes.fill(index, chosen, serverVersion);
    return this.aliases.nameLabels(index, unnamed, new Set(chosen));
  }

  private async find(name: string): Promise<OwnIndex | undefined> {
    try {
      return await this.registry.findOwn(name);
    } catch (error) {
      if (error instanceof ClusterFault && error.isIndexMissing) return undefined;
      throw error;
    }
  }

  /** The number of entries with each label. */
  private async labelCounts(name: string): Promise<Map<string, number>> {
    interface Page {
      aggregations: {
        labels: { after_key?: object; buckets: { key: { label: string }; doc_count: number }[] };
      };
    }
    const counts = new Map<string, number>();
    for (let after: object | undefined; ;) {
      const { aggregations } = await this.call<Page>('POST', `/${this.nameOf(name)}/_search`, {
        size: 0,
        aggs: {
          labels: {
            composite: { size: LABELS_PER_PAGE, after, sources: [{ label: { terms: { field: 'labels' } } }] },
          },
        },
      });
      for (const { key, doc_count } of aggregations.labels.buckets) counts.set(key.label, doc_count);
      after = aggregations.labels.after_key;
      if (after === undefined) return counts;
    }
  }

  /** The size of the primary shards in bytes, with those of label indexes. */
  async sizeOf(name: string): Promise<number> {
    const labels = `${labelIndexPrefix(this.registry.newPhysicalName(name))}*`;
    const { _all: all } = await this.call<{ _all: { primaries: { store: { size_in_bytes: number } } } }>(
      'GET',
      `/${this.nameOf(name)},${labels}/_stats/store`,
    );
    return all.primaries.store.size_in_bytes;
  }

  private call<Answer>(method: ClusterRequest['method'], path: string, body?: object): Promise<Answer> {
    return this.client.request<Answer>({ method, path, body, timeoutMs: TIMEOUT_MS });
  }
}
