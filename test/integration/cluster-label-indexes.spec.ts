import { afterEach, describe, expect, it } from '@jest/globals';
import type { VectorEntry } from '../../src/search/vector-index/vector-index.port.ts';
import { bruteForce, clusteredVectors, seededRandom } from '../contracts/vectors.ts';
import { ClusterIndex, type ClusterIndexOptions } from '../fixtures/cluster-index.ts';
import type { Product } from '../fixtures/search-servers.ts';

const DIMENSION = 16;
const QUERIES = 10;
const LABELS = ['dress', 'T-Shirt', 'hat', '4'];
const ALIASES: Record<string, string> = { dress: 'dress', 'T-Shirt': '_54-_53hirt', hat: 'hat', 4: '4' };

interface Hits {
  readonly hits: { readonly hits: readonly { _index: string; _id: string; _source: object }[] };
}

/** The first label has the most entries. Entries are near each other regardless of their labels. */
function entriesOf(count: number, labels = LABELS): VectorEntry[] {
  return clusteredVectors(count, DIMENSION, 3, seededRandom(5)).map((vector, at) => ({
    id: at + 1,
    vector,
    labels: [labels[Math.floor(((at % 10) ** 2 / 101) * labels.length)]!],
    externalId: `picture ${at + 1}`,
    fileName: `${at + 1}.jpg`,
    attributes: { price: at },
  }));
}

async function* stream(entries: readonly VectorEntry[]): AsyncGenerator<VectorEntry> {
  yield* entries;
}

describe.each<Product>(['elasticsearch', 'opensearch'])('the indexes of labels on %s', (product) => {
  const made: ClusterIndex[] = [];
  afterEach(async () => {
    for (const cluster of made.splice(0)) await cluster.remove();
  });

  async function make(options: ClusterIndexOptions = {}): Promise<ClusterIndex> {
    const cluster = await ClusterIndex.make(product, { labelIndexes: 100, ...options });
    made.push(cluster);
    return cluster;
  }

  /** A second process with other settings on the same cluster. */
  const sameWith = ({ prefix, ownership }: ClusterIndex, options: ClusterIndexOptions) =>
    make({ prefix, ownership, ...options });

  async function build({ index }: ClusterIndex, entries: readonly VectorEntry[], name = 'clothing-1') {
    await index.create({ name, dimension: DIMENSION, model: name, dataset: 'clothing' });
    expect(await index.load(name, stream(entries))).toEqual([]);
    await index.optimise(name);
    await index.publish(name);
  }

  const plainQuery = (vector: Float32Array, k: number) =>
    product === 'elasticsearch'
      ? { size: k, knn: { field: 'embedding', query_vector: [...vector], k, num_candidates: 100 } }
      : { size: k, query: { knn: { embedding: { vector: [...vector], k } } } };

  async function indexesOf({ curl, prefix }: ClusterIndex): Promise<string[]> {
    const { body } = await curl('GET', `/${prefix}-*/_alias`);
    return Object.keys(body)
      .filter((name) => name.includes('.label.'))
      .map((name) => name.slice(name.indexOf('clothing')))
      .sort();
  }

  /** Each label's name finds the nearest entries of the label, and all of them, by plain queries. */
  async function expectInStep(cluster: ClusterIndex, entries: readonly VectorEntry[], labels = LABELS) {
    let [expected, nearest] = [0, 0];
    for (const label of labels) {
      const path = `/${cluster.prefix}.clothing.${ALIASES[label] ?? label}`;
      const ofLabel = entries.filter((entry) => entry.labels.includes(label));
      const ids = new Set(ofLabel.map(({ id }) => id));
      for (const { vector } of entries.slice(0, QUERIES)) {
        const { body } = await cluster.curl<Hits>('POST', `${path}/_search`, plainQuery(vector, 10));
        const found = body.hits.hits.map(({ _id }) => Number(_id));
        const others = found.filter((id) => !ids.has(id));
        const wanted = Math.min(10, ofLabel.length);
        expect({ label, hits: found.length, others }).toEqual({ label, hits: wanted, others: [] });
        const truth = bruteForce(ofLabel, vector, 10);
        expected += truth.length;
        nearest += truth.filter(({ id }) => found.includes(id)).length;
      }
      const count = await cluster.curl('GET', `${path}/_count`);
      expect({ label, count: count.body.count }).toEqual({ label, count: ofLabel.length });
    }
    expect(nearest / expected).toBeGreaterThanOrEqual(0.98);
  }

  it('find the nearest entries of a label by a plain query, and follow every kind of change', async () => {
    const cluster = await make();
    const { index } = cluster;
    let entries = entriesOf(300);
    await build(cluster, entries);
    await expectInStep(cluster, entries);
    const { body } = await cluster.curl<Hits>('POST', `/${cluster.prefix}.clothing.hat/_search`, { size: 1 });
    const [hit] = body.hits.hits;
    expect(hit?._index).toBe(`${cluster.physical('clothing-1')}.label.hat`);
    const { externalId, fileName, labels, attributes } = entries[Number(hit?._id) - 1]!;
    expect(hit?._source).toEqual({ image_name: fileName, external_id: externalId, labels, attributes });

    const moved = entries.slice(0, 30).map((entry) => ({ ...entry, labels: ['hat', '4'] }));
    const others = entries.slice(30);
    await index.upsert('clothing-1', moved);
    entries = [...moved, ...others];
    await expectInStep(cluster, entries);

    const renamed = entries.slice(10, 20).map((entry) => ({ ...entry, labels: ['dress'] }));
    await index.update(
      'clothing-1',
      renamed.map(({ vector: _vector, ...facts }) => facts),
    );
    entries = [...entries.slice(0, 10), ...renamed, ...entries.slice(20)];
    await expectInStep(cluster, entries);

    await index.delete('clothing-1', [1, 2, 3, 99]);
    entries = entries.filter(({ id }) => ![1, 2, 3, 99].includes(id));
    await expectInStep(cluster, entries);

    const loaded = entries
      .slice(0, 50)
      .map((entry) => ({ ...entry, labels: ['4'], attributes: { since: new Date(0) } }));
    expect(await index.load('clothing-1', stream(loaded))).toEqual([]);
    await index.optimise('clothing-1');
    entries = [...loaded, ...entries.slice(50)];
    await expectInStep(cluster, entries);

    // A new label gets its index at once.
    const bowler = { ...entries[0]!, labels: ['bowler'] };
    await index.upsert('clothing-1', [bowler]);
    entries = [bowler, ...entries.slice(1)];
    await expectInStep(cluster, entries, [...LABELS, 'bowler']);
    expect(await indexesOf(cluster)).toHaveLength(LABELS.length + 1);
    expect(await index.list()).toHaveLength(1);

    await index.drop('clothing-1');
    expect(await indexesOf(cluster)).toEqual([]);
  });

  it('are renewed when another index takes over, and dropped with theirs', async () => {
    const cluster = await make();
    await build(cluster, entriesOf(100));
    const entries = entriesOf(200, ['dress', 'hat']);
    await build(cluster, entries, 'clothing-2');
    await expectInStep(cluster, entries, ['dress', 'hat']);
    expect(await indexesOf(cluster)).toEqual(['clothing-2.label.dress', 'clothing-2.label.hat']);
    await cluster.index.drop('clothing-1');
    await expectInStep(cluster, entries, ['dress', 'hat']);
    // Back to the former labels.
    await build(cluster, entriesOf(100), 'clothing-1');
    await expectInStep(cluster, entriesOf(100));
    expect(await indexesOf(cluster)).toHaveLength(LABELS.length);
  });

  it('can be turned on and off, and are at most as many as the settings allow', async () => {
    const without = await make({ labelIndexes: 0 });
    const entries = entriesOf(200);
    await build(without, entries);
    expect(await indexesOf(without)).toEqual([]);

    const warnings: string[] = [];
    const logger = { warn: (message: unknown) => void warnings.push(String(message)) };
    const two = await sameWith(without, { labelIndexes: 2, logger });
    await two.index.publish('clothing-1');
    const physical = (label: string) => `clothing-1.label.${label}`;
    expect(await indexesOf(two)).toEqual([physical('_54-_53hirt'), physical('dress')]);
    await expectInStep(two, entries, ['dress', 'T-Shirt']);
    expect(warnings).toEqual([
      '"clothing" has 4 labels, and LABEL_INDEXES_MOST allows 2 of them an index. The other 2 keep an alias with a filter.',
    ]);
    for (const label of ['hat', '4']) {
      const { body } = await two.curl('GET', `/${two.prefix}.clothing.${label}/_count`);
      const count = entries.filter(({ labels }) => labels.includes(label)).length;
      expect({ label, count: body.count }).toEqual({ label, count });
    }

    // A process that still has the former settings keeps them in step, until it builds.
    await without.index.delete('clothing-1', [1]);
    await expectInStep(two, entries.slice(1), ['dress', 'T-Shirt']);
    await without.index.publish('clothing-1');
    expect(await indexesOf(without)).toEqual([]);
    const { body } = await two.curl('GET', `/${two.prefix}.clothing.dress/_count`);
    expect(body.count).toBe(entries.slice(1).filter(({ labels }) => labels.includes('dress')).length);
  });

  it('are made again by the next build if somebody deletes them or they miss entries', async () => {
    const cluster = await make();
    const entries = entriesOf(100);
    await build(cluster, entries);
    const physical = cluster.physical('clothing-1');
    await cluster.curl('DELETE', `/${physical}.label.hat`);
    await cluster.curl('DELETE', `/${physical}.label.dress/_doc/1?refresh=true`);
    await expect(
      cluster.index.delete('clothing-1', [entries.find(({ labels }) => labels[0] === 'hat')!.id]),
    ).rejects.toMatchObject({
      code: 'VECTOR_INDEX_NOT_FOUND',
    });
    await build(cluster, entries);
    await expectInStep(cluster, entries);
  });

  it('may be called as their labels are', async () => {
    const cluster = await make({ labelAliasPattern: '{label}' });
    const label = cluster.prefix;
    await build(cluster, entriesOf(40, [label]));
    const { body } = await cluster.curl('GET', `/${label}/_count`);
    expect(body.count).toBe(40);
  });
});
