import { type ClusterClient } from '../client/cluster-client.ts';
import { ClusterFault } from '../client/cluster-fault.ts';
import { datasetAlias, labelAlias, labelIndexName } from './index-names.ts';
import type { ClusterLayout, OwnIndex } from './index-record.ts';
import type { IndexRegistry } from './index-registry.ts';
import { vectorIndexForeign } from '../../../search.errors.ts';

interface HeldAlias {
  readonly alias: string;
  readonly index: string;
}

const TIMEOUT_MS = 30_000;
/** Both engines limit the first line of a request to 4 KB. */
const LONGEST_LIST = 3_000;

/**
 * The aliases of datasets and labels, under which other programs search. An alias that belongs to another
 * installation's index is neither moved nor shared, but leads to `VECTOR_INDEX_FOREIGN`. Otherwise rejects with a
 * `ClusterFault`.
 */
export class IndexAliases {
  private readonly client: ClusterClient;
  private readonly registry: IndexRegistry;
  private readonly layout: ClusterLayout;

  constructor(client: ClusterClient, registry: IndexRegistry, layout: ClusterLayout) {
    this.client = client;
    this.registry = registry;
    this.layout = layout;
  }

  /** Rejects if the alias of the dataset belongs to an index that is not ours. */
  async assertDatasetFree(name: string, dataset: string): Promise<void> {
    await this.assertFree(name, [datasetAlias(this.layout.prefix, dataset)]);
  }

  /**
   * Moves the aliases of the dataset and its labels to this index atomically. A label in `ownIndexes` has an index of
   * its own, which gets the alias; the alias of another label is a filter. Resolves with the index as it is now, and
   * with the indexes of the dataset that had the aliases before.
   */
  async publish(
    index: OwnIndex,
    labels: readonly string[],
    ownIndexes: ReadonlySet<string>,
  ): Promise<{ published: OwnIndex; replaced: OwnIndex[] }> {
    const { physical, record } = index;
    const { name, dataset } = record;
    if (dataset === undefined) return { published: index, replaced: [] };
    const alias = datasetAlias(this.layout.prefix, dataset);
    const named = this.labelAliases(dataset, labels);
    const names = [alias, ...Object.keys(named)];
    await this.assertFree(name, names);
    const others = (await this.registry.listOwn()).filter(
      (other) => other.record.dataset === dataset && other.record.published && other.record.name !== name,
    );
    const published = await this.registry.saveRecord({
      ...index,
      record: { ...record, published: true, labels: named },
    });
    try {
      await this.applyActions([
        ...others.flatMap((other) => this.removals(other)),
        ...labelRemovals(index, new Set(Object.keys(named)), ownIndexes),
        // An alias can have only one write index, so the server refuses if another installation was faster.
        { add: { index: physical, alias, is_write_index: true } },
        ...labelActions(index, named, ownIndexes),
      ]);
    } catch (error) {
      if (error instanceof ClusterFault && error.type === 'illegal_state_exception') {
        await this.registry.saveRecord(index);
        await this.assertFree(name, names);
      }
      throw error;
    }
    const replaced: OwnIndex[] = [];
    for (const other of others) {
      await this.registry.saveRecord({
        ...other,
        record: { ...other.record, published: false, labels: {}, labelIndexes: [] },
      });
      replaced.push(other);
    }
    return { published, replaced };
  }

  /** Creates aliases for labels that have none yet. */
  async nameLabels(
    index: OwnIndex,
    labels: readonly string[],
    ownIndexes: ReadonlySet<string>,
  ): Promise<OwnIndex> {
    const { record } = index;
    const { name, dataset, published } = record;
    const named = dataset === undefined ? {} : this.labelAliases(dataset, labels);
    if (!published || Object.keys(named).length === 0) return index;
    await this.assertFree(name, Object.keys(named));
    const noted = await this.registry.saveRecord({
      ...index,
      record: { ...record, labels: { ...record.labels, ...named } },
    });
    await this.applyActions(labelActions(index, named, ownIndexes));
    return noted;
  }

  private async assertFree(name: string, aliases: readonly string[]): Promise<void> {
    const held = await this.holdersOf(aliases);
    if (held.length === 0) return;
    const ours = new Set(await this.registry.listPhysical());
    for (const { alias, index } of held) {
      if (ours.has(index) || (await this.tryAdopt(index))) continue;
      const [found] = await this.registry.findAt(index);
      throw this.registry.foreign(name, alias, found?.record?.installation);
    }
  }

  /** Whether an index without an owner, from before installations had ids, is ours. Adopts it if so. */
  private async tryAdopt(index: string): Promise<boolean> {
    const [found] = await this.registry.findAt(index);
    const record = found?.record;
    if (record === undefined || record.installation !== undefined) return false;
    try {
      return (await this.registry.findOwn(record.name)).physical === index;
    } catch (error) {
      if (vectorIndexForeign.is(error)) return false;
      if (error instanceof ClusterFault && error.isIndexMissing) return false;
      throw error;
    }
  }

  /** The indexes that have any of these aliases, each with the first one it has. */
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
      rows.sort((a, b) => order.get(a.alias)! - order.get(b.alias)!);
      for (const row of rows) if (!held.has(row.index)) held.set(row.index, row);
    }
    return [...held.values()];
  }

  private async applyActions(actions: readonly object[]): Promise<void> {
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

  private removals(index: OwnIndex): object[] {
    const { physical, record } = index;
    return [
      ...(record.dataset === undefined
        ? []
        : [removal(physical, datasetAlias(this.layout.prefix, record.dataset))]),
      ...labelRemovals(index, new Set(), new Set()),
    ];
  }
}

/** Takes aliases away from an index and its label indexes where they are not to stay. */
function labelRemovals(
  { physical, base, record }: OwnIndex,
  names: ReadonlySet<string>,
  ownIndexes: ReadonlySet<string>,
): object[] {
  const existing = new Set(record.labelIndexes);
  return Object.entries(record.labels).flatMap(([alias, label]) => {
    const stays = names.has(alias);
    return [
      ...(stays && !ownIndexes.has(label) ? [] : [removal(physical, alias)]),
      ...(existing.has(label) && !(stays && ownIndexes.has(label))
        ? [removal(labelIndexName(base, label), alias)]
        : []),
    ];
  });
}

function removal(index: string, alias: string): object {
  return { remove: { index, alias, must_exist: false } };
}

function labelActions(
  { physical, base }: OwnIndex,
  named: Readonly<Record<string, string>>,
  ownIndexes: ReadonlySet<string>,
): object[] {
  return Object.entries(named).map(([alias, label]) => ({
    add: ownIndexes.has(label)
      ? { index: labelIndexName(base, label), alias }
      : { index: physical, alias, filter: { term: { labels: label } } },
  }));
}

/** Joins the names with commas, in lists that are short enough for the first line of a request. */
function listsOf(names: readonly string[]): string[] {
  const lists: string[] = [];
  for (const name of names) {
    const last = lists.at(-1);
    if (last === undefined || last.length + 1 + name.length > LONGEST_LIST) lists.push(name);
    else lists[lists.length - 1] = `${last},${name}`;
  }
  return lists;
}
