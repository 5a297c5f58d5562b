import { afterEach, describe, expect, it } from '@jest/globals';
import { setImmediate as breathe } from 'node:timers/promises';
import type { VectorEntry } from '../../src/search/vector-index/vector-index.port.ts';
import { clusteredVectors, seededRandom } from '../contracts/vectors.ts';
import { ClusterIndex, type ClusterIndexOptions } from '../fixtures/cluster-index.ts';
import type { Product } from '../fixtures/search-servers.ts';

const DIMENSION = 16;
/** Labels as people write them, and their escaped forms in aliases. */
const LABELS: Record<string, string> = {
  dress: 'dress',
  'T-Shirt': '_54-_53hirt',
  'Übergröße / XL': '_c3_9cbergr_c3_b6_c3_9fe_20_2f_20_58_4c',
  '-x': '-x',
  '0012': '0012',
};

interface Hits {
  readonly hits: {
    readonly total: { readonly value: number };
    readonly hits: readonly {
      _index: string;
      _id: string;
      _source: { labels: string[] };
    }[];
  };
}

/** This many entries per label. Entries are near each other regardless of their labels. */
function entriesOf(labels: readonly string[], count: number, seed = 5): VectorEntry[] {
  return clusteredVectors(count, DIMENSION, 3, seededRandom(seed)).map((vector, at) => ({
    id: at + 1,
    vector,
    labels: [labels[at % labels.length]!],
    externalId: `picture ${at + 1}.jpg`,
  }));
}

async function* stream(entries: readonly VectorEntry[]): AsyncGenerator<VectorEntry> {
  yield* entries;
}

describe.each<Product>(['elasticsearch', 'opensearch'])('the names of indexes on %s', (product) => {
  const made: ClusterIndex[] = [];
  afterEach(async () => {
    for (const cluster of made.splice(0)) await cluster.remove();
  });

  async function make(options?: ClusterIndexOptions): Promise<ClusterIndex> {
    const cluster = await ClusterIndex.make(product, options);
    made.push(cluster);
    return cluster;
  }

  /** Creates, loads and publishes the index of a dataset. */
  async function publish(
    cluster: ClusterIndex,
    name: string,
    entries: readonly VectorEntry[],
    dataset = 'clothing',
  ) {
    await cluster.index.create({ name, dimension: DIMENSION, model: name, dataset });
    expect(await cluster.index.load(name, stream(entries))).toEqual([]);
    await cluster.index.optimise(name);
    await cluster.index.publish(name);
  }

  /** A plain query such as a data engineer would send with curl. */
  function nearest(vector: Float32Array, k: number): object {
    const numbers = Array.from(vector);
    return product === 'elasticsearch'
      ? { size: k, knn: { field: 'embedding', query_vector: numbers, k, num_candidates: 100 } }
      : { size: k, query: { knn: { embedding: { vector: numbers, k } } } };
  }

  async function aliasesOf(cluster: ClusterIndex, name: string): Promise<string[]> {
    const physical = cluster.physical(name);
    const { body } = await cluster.curl<Record<string, { aliases: object }>>('GET', `/${physical}/_alias`);
    return Object.keys(body[physical]?.aliases ?? {}).sort();
  }

  it('are an alias of the dataset, and one for each label that finds only that label', async () => {
    const cluster = await make();
    const entries = entriesOf(Object.keys(LABELS), 100);
    await publish(cluster, 'clothing-1', entries);

    const { prefix } = cluster;
    const physical = cluster.physical('clothing-1');
    const labelAliases = Object.values(LABELS).map((label) => `${prefix}.clothing.${label}`);
    const own = [`${prefix}.clothing`, `${physical}.own`];
    expect(await aliasesOf(cluster, 'clothing-1')).toEqual([...labelAliases, ...own].sort());

    const query = nearest(entries[0]!.vector, 10);
    const all = await cluster.curl<Hits>('POST', `/${prefix}.clothing/_search`, query);
    expect(all.body.hits.hits).toHaveLength(10);
    for (const { _id, _source } of all.body.hits.hits) {
      const { externalId, labels } = entries.find(({ id }) => id === Number(_id))!;
      expect(_source).toEqual({ image_name: externalId, external_id: externalId, labels });
    }

    for (const [label, name] of Object.entries(LABELS)) {
      const { status, body } = await cluster.curl<Hits>('POST', `/${prefix}.clothing.${name}/_search`, query);
      expect(status).toBe(200);
      const found = body.hits.hits.map(({ _source }) => _source.labels);
      // Elasticsearch filters before it searches, OpenSearch afterwards, so there some hits may be missing.
      if (product === 'elasticsearch') expect(found).toHaveLength(10);
      expect(found).toEqual(found.map(() => [label]));
      const count = await cluster.curl('GET', `/${prefix}.clothing.${name}/_count`);
      expect(count.body).toMatchObject({ count: 20 });
    }

    const mapping = await cluster.curl<Record<string, { mappings: { _meta: { lookalike: object } } }>>(
      'GET',
      `/${prefix}.clothing/_mapping`,
    );
    expect(mapping.body[physical]?.mappings._meta.lookalike).toMatchObject({
      dataset: 'clothing',
      model: 'clothing-1',
      published: true,
      labels: Object.fromEntries(
        Object.entries(LABELS).map(([label, name]) => [`${prefix}.clothing.${name}`, label]),
      ),
    });
  });

  it('include labels that are added after the index is published', async () => {
    const cluster = await make();
    await cluster.index.create({ name: 'clothing-1', dimension: DIMENSION, model: 'm', dataset: 'clothing' });
    const [first, second, third] = entriesOf(['hat'], 3) as [VectorEntry, VectorEntry, VectorEntry];
    await cluster.index.upsert('clothing-1', [first]);
    expect(await aliasesOf(cluster, 'clothing-1')).toEqual([`${cluster.physical('clothing-1')}.own`]);

    await cluster.index.publish('clothing-1');
    await cluster.index.upsert('clothing-1', [{ ...second, labels: ['bowler'] }]);
    await cluster.index.load('clothing-1', stream([{ ...third, labels: ['top hat', 'hat'] }]));
    await cluster.index.optimise('clothing-1');
    for (const [name, count] of Object.entries({ hat: 2, bowler: 1, top_20hat: 1 })) {
      const { body } = await cluster.curl('GET', `/${cluster.prefix}.clothing.${name}/_count`);
      expect({ name, count: body.count }).toEqual({ name, count });
    }

    // A label without images loses its alias when the index is published again.
    await cluster.index.delete('clothing-1', [2]);
    await cluster.index.publish('clothing-1');
    expect((await cluster.curl('GET', `/${cluster.prefix}.clothing.bowler/_count`)).status).toBe(404);
  });

  it('may be as short as the label, or be disabled', async () => {
    const short = await make({ labelAliasPattern: '{label}' });
    const label = short.prefix;
    const tricky = [label, `-${label}`, `Ü${label}`, `a ${label}`];
    await publish(short, 'clothing-1', entriesOf(tricky, 40));
    for (const alias of [label, `label.-${label}`, `label._c3_9c${label}`, `a_20${label}`]) {
      const { body } = await short.curl('GET', `/${alias}/_count`);
      expect({ alias, count: body.count }).toEqual({ alias, count: 10 });
    }

    const none = await make({ labelAliasPattern: undefined });
    await publish(none, 'clothing-1', entriesOf(tricky, 40));
    expect(await aliasesOf(none, 'clothing-1')).toEqual([
      `${none.physical('clothing-1')}.own`,
      `${none.prefix}.clothing`,
    ]);
  });

  it('move to another index atomically, while searches never fail', async () => {
    const cluster = await make();
    const before = entriesOf(['dress', 'old'], 200);
    const after = entriesOf(['dress', 'new'], 400, 6);
    await publish(cluster, 'clothing-1', before);
    await publish(cluster, 'stamps-1', entriesOf(['dress'], 10), 'stamps');

    const query = { ...nearest(before[0]!.vector, 5), track_total_hits: true, _source: false };
    const seen: string[] = [];
    const failures: unknown[] = [];
    let goesOn = true;
    const searching = (async () => {
      while (goesOn) {
        const [count, search] = [
          await cluster.curl<{ count: number }>('GET', `/${cluster.prefix}.clothing.dress/_count`),
          await cluster.curl<Hits>('POST', `/${cluster.prefix}.clothing/_search`, query),
        ];
        const indexes = new Set(search.body.hits?.hits.map(({ _index }) => _index));
        if (count.status !== 200 || search.status !== 200 || indexes.size !== 1)
          failures.push([count, search]);
        seen.push(`${[...indexes].join()} ${search.body.hits.hits.length}`, String(count.body.count));
        await breathe();
      }
    })();
    await publish(cluster, 'clothing-2', after);
    await cluster.index.drop('clothing-1');
    const seenByThen = seen.length;
    while (seen.length < seenByThen + 8) await breathe();
    goesOn = false;
    await searching;

    expect(failures).toEqual([]);
    // Each search saw one whole index: first the one, then the other.
    const counts = seen.filter((_, at) => at % 2 === 1);
    expect([...new Set(counts)]).toEqual(['100', '200']);
    expect(counts).toEqual(counts.toSorted());
    const searched = seen.filter((_, at) => at % 2 === 0);
    expect([...new Set(searched)]).toEqual([
      `${cluster.physical('clothing-1')} 5`,
      `${cluster.physical('clothing-2')} 5`,
    ]);
    expect(await aliasesOf(cluster, 'clothing-2')).toEqual(
      [
        `${cluster.physical('clothing-2')}.own`,
        ...['', '.dress', '.new'].map((end) => `${cluster.prefix}.clothing${end}`),
      ].sort(),
    );
    // Other datasets keep their aliases.
    expect((await cluster.curl('GET', `/${cluster.prefix}.stamps.dress/_count`)).body).toMatchObject({
      count: 10,
    });
    expect(await cluster.index.list()).toHaveLength(2);
  });

  it('are not recreated by a write to a deleted index', async () => {
    const cluster = await make();
    const entries = entriesOf(['dress'], 20);
    await publish(cluster, 'clothing-1', entries);
    const physical = cluster.physical('clothing-1');
    await cluster.curl('PUT', '/_cluster/settings', { persistent: { 'action.auto_create_index': 'true' } });
    try {
      const uses = [
        () => cluster.index.search('clothing-1', { vector: entries[0]!.vector, k: 3 }),
        () => cluster.index.upsert('clothing-1', entries),
        () => cluster.index.load('clothing-1', stream(entries)),
        () => cluster.index.delete('clothing-1', [1]),
        () => cluster.index.count('clothing-1'),
        () => cluster.index.publish('clothing-1'),
      ];
      for (const use of uses) {
        await cluster.index.create({
          name: 'clothing-1',
          dimension: DIMENSION,
          model: 'clothing-1',
          dataset: 'clothing',
        });
        await cluster.index.upsert('clothing-1', entries.slice(0, 1));
        await cluster.curl('DELETE', `/${physical}`);
        await expect(use()).rejects.toMatchObject({ code: 'VECTOR_INDEX_NOT_FOUND' });
        await expect(use()).rejects.toMatchObject({ code: 'VECTOR_INDEX_NOT_FOUND' });
      }
      expect((await cluster.curl('GET', `/${cluster.prefix}*/_mapping`)).body).toEqual({});
    } finally {
      await cluster.curl('PUT', '/_cluster/settings', { persistent: { 'action.auto_create_index': null } });
    }
  });
});
