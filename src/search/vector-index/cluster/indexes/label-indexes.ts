import type { LoggerService } from '@nestjs/common';
import type { ClusterClient, ClusterRequest } from '../client/cluster-client.ts';
import { ClusterFault } from '../client/cluster-fault.ts';
import type { ClusterDialect } from '../dialects/cluster-dialect.ts';
import { labelIndexName, labelIndexPrefix } from './index-names.ts';
import { IndexOptimiser } from './index-optimiser.ts';
import type { ClusterLayout, IndexRecord, OwnIndex } from './index-record.ts';
import type { IndexRegistry } from './index-registry.ts';
import { LabelIndexFiller } from './label-index-filler.ts';

const TIMEOUT_MS = 30_000;

/**
 * The label indexes beside an index: each repeats the entries of one label, so that other programs find the nearest
 * ones of a label without a filter. The record of the index lists them, and whoever writes to the index also writes
 * to those. Rejects with a `ClusterFault`.
 */
export class LabelIndexes {
  /** How many labels of an index may have one. */
  readonly most: number;
  private readonly client: ClusterClient;
  private readonly registry: IndexRegistry;
  private readonly optimiser: IndexOptimiser;
  private readonly filler: LabelIndexFiller;
  private readonly logger: Pick<LoggerService, 'warn'> | undefined;

  constructor(parts: {
    readonly client: ClusterClient;
    readonly dialect: ClusterDialect;
    readonly registry: IndexRegistry;
    readonly layout: ClusterLayout;
    readonly logger?: Pick<LoggerService, 'warn'>;
  }) {
    const { client, dialect, registry, layout, logger } = parts;
    // Without its name, nobody would search the index of a label.
    this.most = layout.labelAliasPattern === undefined ? 0 : layout.labelIndexes;
    this.client = client;
    this.registry = registry;
    this.optimiser = new IndexOptimiser(client, dialect, layout);
    this.filler = new LabelIndexFiller(client, dialect, this.optimiser, registry.installation);
    this.logger = logger;
  }

  /** The labels that are to have an index: those that have one already, then those with the most entries. */
  choose({ dataset, labelIndexes }: IndexRecord, counts: ReadonlyMap<string, number>): string[] {
    const having = new Set(labelIndexes);
    const ranked = [...counts.keys()].sort(
      (a, b) =>
        Number(having.has(b)) - Number(having.has(a)) || counts.get(b)! - counts.get(a)! || (a < b ? -1 : 1),
    );
    if (this.most > 0 && ranked.length > this.most) {
      this.logger?.warn(
        `"${dataset}" has ${ranked.length} labels, and LABEL_INDEXES_MOST allows ${this.most} of them an index. ` +
          `The other ${ranked.length - this.most} keep an alias with a filter.`,
      );
    }
    return ranked.slice(0, this.most);
  }

  /**
   * Creates the indexes of these labels and copies into them the entries that they lack. `counts` are the numbers of
   * entries with each label; they are counted if omitted. Resolves with the index and its new record.
   */
  async fill(
    index: OwnIndex,
    labels: readonly string[],
    serverVersion: string,
    counts?: ReadonlyMap<string, number>,
  ): Promise<OwnIndex> {
    if (labels.length === 0) return index;
    const { record, base } = index;
    for (const label of labels) await this.filler.create(index, label, serverVersion);
    // From here on, whoever writes to the index also writes to these.
    const labelIndexes = [...new Set([...(record.labelIndexes ?? []), ...labels])];
    const noted = await this.registry.saveRecord({ ...index, record: { ...record, labelIndexes } });
    const held = await this.countAll(base);
    for (const label of labels) {
      const there = held.get(labelIndexName(base, label)) ?? 0;
      await this.filler.fill(noted, { label, count: counts?.get(label), held: there }, serverVersion);
    }
    return noted;
  }

  /** Deletes all but the indexes of these labels. */
  async keepOnly({ base, record }: OwnIndex, labels: readonly string[]): Promise<void> {
    const kept = new Set(labels.map((label) => labelIndexName(base, label)));
    const existing = await this.registry.listLabelIndexes(record.name);
    await this.remove(existing.filter((physical) => !kept.has(physical)));
  }

  /** Makes the record agree with the indexes that exist, in case some have been deleted by hand. */
  async reconcile(index: OwnIndex): Promise<void> {
    const { base, record } = index;
    const listed = record.labelIndexes ?? [];
    const existing = new Set(await this.registry.listLabelIndexes(record.name));
    const labelIndexes = listed.filter((label) => existing.has(labelIndexName(base, label)));
    if (labelIndexes.length < listed.length) {
      await this.registry.saveRecord({ ...index, record: { ...record, labelIndexes } });
    }
    await this.keepOnly(index, labelIndexes);
  }

  /** Brings the indexes into their fast form, and makes their entries visible. */
  async optimise({ base, record }: OwnIndex, serverVersion: string, signal?: AbortSignal): Promise<void> {
    for (const label of record.labelIndexes ?? []) {
      const physical = labelIndexName(base, label);
      await this.call('POST', `/${physical}/_refresh`);
      await this.optimiser.optimise(physical, serverVersion, signal);
      signal?.throwIfAborted();
    }
  }

  /** The number of entries in the indexes that exist, by their names. */
  private async countAll(base: string): Promise<Map<string, number>> {
    interface Stats {
      indices?: Record<string, { primaries: { docs: { count: number } } }>;
    }
    const names = `${labelIndexPrefix(base)}*`;
    await this.call('POST', `/${names}/_refresh`);
    const { indices = {} } = await this.call<Stats>('GET', `/${names}/_stats/docs`);
    return new Map(Object.entries(indices).map(([name, { primaries }]) => [name, primaries.docs.count]));
  }

  /** Deletes indexes by their names on the server. Those that do not exist are ignored. */
  async remove(physicals: readonly string[]): Promise<void> {
    for (const physical of physicals) {
      try {
        await this.call('DELETE', `/${physical}`);
      } catch (error) {
        if (!(error instanceof ClusterFault && error.isIndexMissing)) throw error;
      }
    }
  }

  private async call<Answer>(method: ClusterRequest['method'], path: string): Promise<Answer> {
    return this.client.request<Answer>({ method, path, timeoutMs: TIMEOUT_MS });
  }
}
