import type { ClusterClient } from './client/cluster-client.ts';
import { ClusterFault } from './client/cluster-client.ts';
import { datasetAlias, labelAlias } from './index-names.ts';
import type { ClusterLayout, OwnIndex } from './index-record.ts';
import type { IndexRegistry } from './index-registry.ts';
import { vectorIndexForeign } from '../../search.errors.ts';

interface HeldAlias {
  readonly alias: string;
  readonly index: string;
}

const TIMEOUT_MS = 30_000;
/** Both engines limit the first line of a request to 4 KB. */
const LONGEST_LIST = 3_000;

/**
 * The names of datasets and labels, which other programs search by. An alias that stands for
 * somebody else's index is neither moved nor shared: `VECTOR_INDEX_FOREIGN`. Otherwise rejects with
 * a `ClusterFault`.
 */
export class ClusterAliases {
  private readonly client: ClusterClient;
  private readonly registry: IndexRegistry;
  private readonly layout: ClusterLayout;

  constructor(client: ClusterClient, registry: IndexRegistry, layout: ClusterLayout) {
    this.client = client;
    this.registry = registry;
    this.layout = layout;
  }

  /** Rejects if the alias of a dataset stands for an index that is not ours. */
  async assertDatasetFree(name: string, dataset: string): Promise<void> {
    await this.assertFree(name, [datasetAlias(this.layout.prefix, dataset)]);
  }

  /** Moves the names of the dataset and of its labels to this index, all in one step. */
  async publish(index: OwnIndex, labels: readonly string[]): Promise<void> {
    const { physical, record } = index;
    const { name, dataset } = record;
    if (dataset === undefined) return;
    const alias = datasetAlias(this.layout.prefix, dataset);
    const named = this.labelAliases(dataset, labels);
    const names = [alias, ...Object.keys(named)];
    await this.assertFree(name, names);
    const others = (await this.registry.all()).filter(
      (other) => other.record.dataset === dataset && other.record.published && other.record.name !== name,
    );
    await this.registry.note({ physical, record: { ...record, published: true, labels: named } });
    const removals = others
      .flatMap((other) => this.namesOf(other).map((one) => ({ index: other.physical, alias: one })))
      .concat(
        Object.keys(record.labels).flatMap((one) => (one in named ? [] : { index: physical, alias: one })),
      );
    try {
      await this.act([
        ...removals.map((remove) => ({ remove: { ...remove, must_exist: false } })),
        // An alias has one such index at most: the server refuses if somebody was faster.
        { add: { index: physical, alias, is_write_index: true } },
        ...this.labelActions(physical, named),
      ]);
    } catch (error) {
      if (error instanceof ClusterFault && error.type === 'illegal_state_exception') {
        await this.registry.note(index);
        await this.assertFree(name, names);
      }
      throw error;
    }
    for (const other of others) {
      await this.registry.note({ ...other, record: { ...other.record, published: false, labels: {} } });
    }
  }

  /** Gives names to labels that have none yet. */
  async nameLabels(index: OwnIndex, labels: readonly string[]): Promise<OwnIndex> {
    const { physical, record } = index;
    const { name, dataset, published } = record;
    const named = dataset === undefined ? {} : this.labelAliases(dataset, labels);
    if (!published || Object.keys(named).length === 0) return index;
    await this.assertFree(name, Object.keys(named));
    const noted = await this.registry.note({
      physical,
      record: { ...record, labels: { ...record.labels, ...named } },
    });
    await this.act(this.labelActions(physical, named));
    return noted;
  }

  private async assertFree(name: string, aliases: readonly string[]): Promise<void> {
    const held = await this.holdersOf(aliases);
    if (held.length === 0) return;
    const ours = new Set((await this.registry.all()).map(({ physical }) => physical));
    for (const { alias, index } of held) {
      if (ours.has(index) || (await this.isAdopted(index))) continue;
      const [found] = await this.registry.at(index);
      throw this.registry.foreign(name, alias, found?.record?.installation);
    }
  }

  /** Whether an index is ours after all, from before installations had ids. */
  private async isAdopted(index: string): Promise<boolean> {
    const [found] = await this.registry.at(index);
    const record = found?.record;
    if (record === undefined || record.installation !== undefined) return false;
    try {
      return (await this.registry.find(record.name)).physical === index;
    } catch (error) {
      if (vectorIndexForeign.is(error)) return false;
      if (error instanceof ClusterFault && error.isIndexMissing) return false;
      throw error;
    }
  }

  /** One row for each index that has one of these aliases, with the first of those it has. */
  private async holdersOf(aliases: readonly string[]): Promise<HeldAlias[]> {
    const order = new Map(aliases.map((alias, at) => [alias, at]));
    const held = new Map<string, HeldAlias>();
    for (const list of listsOf(aliases)) {
      const rows = await this.client.request<HeldAlias[]>({
        method: 'GET',
        path: `/_cat/aliases/${list}`,
        query: { format: 'json', h: 'alias,index' },
        timeoutMs: TIMEOUT_MS,
      });
      rows.sort((a, b) => (order.get(a.alias) ?? 0) - (order.get(b.alias) ?? 0));
      for (const row of rows) if (!held.has(row.index)) held.set(row.index, row);
    }
    return [...held.values()];
  }

  private async act(actions: readonly object[]): Promise<void> {
    await this.client.request({
      method: 'POST',
      path: '/_aliases',
      body: { actions },
      timeoutMs: TIMEOUT_MS,
    });
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

  private namesOf({ record: { dataset, labels } }: OwnIndex): string[] {
    const alias = dataset === undefined ? [] : [datasetAlias(this.layout.prefix, dataset)];
    return [...alias, ...Object.keys(labels)];
  }
}

/** The names with commas between them, in as few lists as go into the first line of a request. */
function listsOf(names: readonly string[]): string[] {
  const lists: string[] = [];
  for (const name of names) {
    const last = lists.at(-1);
    if (last === undefined || last.length + 1 + name.length > LONGEST_LIST) lists.push(name);
    else lists[lists.length - 1] = `${last},${name}`;
  }
  return lists;
}
