import { randomBytes, randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { formerNames } from '../../src/search/vector-index/cluster/indexes/index-names.ts';
import type { VectorEntry, VectorIndex } from '../../src/search/vector-index/vector-index.port.ts';
import { clusteredVectors, seededRandom } from '../contracts/vectors.ts';
import { ClusterIndex, type ClusterIndexOptions } from '../fixtures/cluster-index.ts';
import { makeFormer } from '../fixtures/former-index.ts';
import type { Product } from '../fixtures/search-servers.ts';

const DIMENSION = 16;
const NAME = 'clothing-1';
const SPEC = { name: NAME, dimension: DIMENSION, model: 'm', dataset: 'clothing' };

/** This many entries, which differ between seeds only in their vectors. */
function entriesOf(count: number, seed: number): VectorEntry[] {
  return clusteredVectors(count, DIMENSION, 3, seededRandom(seed)).map((vector, at) => ({
    id: at + 1,
    vector,
    labels: [`label ${at % 3}`],
    externalId: `picture ${at + 1}.jpg`,
  }));
}

async function* stream(entries: readonly VectorEntry[]): AsyncGenerator<VectorEntry> {
  yield* entries;
}

/** Every operation of the port on an index, each of which must be refused. */
function usesOf(index: VectorIndex): [what: string, use: () => Promise<unknown>][] {
  const [entry] = entriesOf(1, 8) as [VectorEntry];
  return [
    ['create', () => index.create(SPEC)],
    ['upsert', () => index.upsert(NAME, [entry])],
    ['load', () => index.load(NAME, stream([entry]))],
    ['delete', () => index.delete(NAME, [1, 2, 3])],
    ['search', () => index.search(NAME, { vector: entry.vector, k: 3 })],
    ['vectors', () => index.vectors(NAME, [1])],
    ['count', () => index.count(NAME)],
    ['sizeOf', () => index.sizeOf(NAME)],
    ['optimise', () => index.optimise(NAME)],
    ['publish', () => index.publish(NAME)],
    ['drop', () => index.drop(NAME)],
  ];
}

describe.each<Product>(['elasticsearch', 'opensearch'])('two installations on one %s', (product) => {
  const made: ClusterIndex[] = [];
  afterEach(async () => {
    for (const cluster of made.splice(0)) await cluster.remove();
  });

  async function make(options?: ClusterIndexOptions): Promise<ClusterIndex> {
    const cluster = await ClusterIndex.make(product, options);
    made.push(cluster);
    return cluster;
  }

  /** Two installations with the same settings. `proves` says whether the second can prove its entries. */
  async function makeTwo(proves = false): Promise<[ClusterIndex, ClusterIndex]> {
    const first = await make();
    const installation = randomBytes(16).toString('hex');
    const ownership = { installation, proves: async () => proves };
    return [first, await make({ prefix: first.prefix, ownership })];
  }

  async function publish({ index }: ClusterIndex, entries: readonly VectorEntry[], spec = SPEC) {
    await index.create(spec);
    expect(await index.load(spec.name, stream(entries))).toEqual([]);
    await index.optimise(spec.name);
    await index.publish(spec.name);
  }

  const foreign = (holder: string, owner: string | null) => ({
    code: 'VECTOR_INDEX_FOREIGN',
    details: expect.objectContaining({ holder, owner }) as unknown,
    message: expect.stringContaining('set INDEX_PREFIX') as unknown,
  });

  it('do not write to the same index, whatever their names and ids', async () => {
    const [first, second] = await makeTwo();
    const [ours, theirs] = [entriesOf(50, 1), entriesOf(40, 2)];
    const spec = { ...SPEC, dataset: undefined };
    for (const [{ index }, entries] of [[first, ours] as const, [second, theirs] as const]) {
      expect(await index.create(spec)).toBe(true);
      await index.upsert(NAME, entries);
    }
    await second.index.delete(NAME, [1]);
    expect(await first.index.count(NAME)).toBe(50);
    expect(await first.index.search(NAME, { vector: ours[0]!.vector, k: 1 })).toMatchObject({
      matches: [{ id: 1, score: 1 }],
    });
    expect(await first.index.list()).toHaveLength(1);
    await second.index.drop(NAME);
    expect(await first.index.count(NAME)).toBe(50);
  });

  it('do not take or share the alias of a dataset, which is refused before anything is loaded', async () => {
    const [first, second] = await makeTwo();
    await publish(first, entriesOf(30, 1));
    const alias = `${first.prefix}.clothing`;
    await expect(second.index.create(SPEC)).rejects.toMatchObject(foreign(alias, first.installation));
    expect(await second.index.list()).toEqual([]);
    expect((await first.curl('GET', `/${alias}/_count`)).body).toMatchObject({ count: 30 });
  });

  it('do not take or share it if both have loaded before one is published', async () => {
    const [first, second] = await makeTwo();
    for (const [{ index }, seed] of [[first, 1] as const, [second, 2] as const]) {
      await index.create(SPEC);
      await index.load(NAME, stream(entriesOf(30, seed)));
      await index.optimise(NAME);
    }
    const alias = `${first.prefix}.clothing`;
    const ends = await Promise.allSettled([first, second].map(({ index }) => index.publish(NAME)));
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [winner, loser] = ends[0]?.status === 'fulfilled' ? [first, second] : [second, first];
    const refused = foreign(alias, winner.installation);
    expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({ reason: refused });
    await expect(loser.index.publish(NAME)).rejects.toMatchObject(refused);
    const { body } = await first.curl('GET', `/${alias}/_alias`);
    expect(Object.keys(body)).toEqual([winner.physical(NAME)]);
  });

  it('do not take or share the aliases of labels', async () => {
    const labelAliasPattern = `${randomUUID().slice(0, 8)}.{label}`;
    const [first, second] = [await make({ labelAliasPattern }), await make({ labelAliasPattern })];
    await publish(first, entriesOf(30, 1));
    const alias = labelAliasPattern.replace('{label}', 'label_200');
    const refused = {
      ...foreign(alias, first.installation),
      details: expect.objectContaining({ owner: first.installation }) as unknown,
    };
    await second.index.create(SPEC);
    await second.index.load(NAME, stream(entriesOf(30, 2)));
    await second.index.optimise(NAME);
    await expect(second.index.publish(NAME)).rejects.toMatchObject(refused);
    expect((await first.curl('GET', `/${alias}/_count`)).body).toMatchObject({ count: 10 });
    expect((await first.curl('GET', `/${second.prefix}.clothing/_count`)).status).toBe(404);

    // Nor those of labels that are added later.
    await second.index.delete(
      NAME,
      entriesOf(30, 2).map(({ id }) => id),
    );
    await second.index.publish(NAME);
    await expect(second.index.upsert(NAME, entriesOf(1, 2))).rejects.toMatchObject(refused);
    expect((await first.curl('GET', `/${alias}/_count`)).body).toMatchObject({ count: 10 });
  });

  it('share the aliases of labels within one installation', async () => {
    const cluster = await make({ labelAliasPattern: `${randomUUID().slice(0, 8)}.{label}` });
    await publish(cluster, entriesOf(30, 1));
    await publish(cluster, entriesOf(30, 2), { ...SPEC, name: 'stamps-1', dataset: 'stamps' });
    expect(await cluster.index.list()).toHaveLength(2);
  });

  it.each([
    ['somebody unknown', null],
    ['another installation', 'f'.repeat(32)],
  ])('leave alone what %s has put in the place of an index', async (_whose, owner) => {
    const cluster = await make();
    await publish(cluster, entriesOf(20, 1));
    const physical = cluster.physical(NAME);
    const { body } = await cluster.curl<
      Record<string, { mappings: { _meta: { lookalike: Record<string, unknown> } } }>
    >('GET', `/${physical}/_mapping`);
    await cluster.curl('DELETE', `/${physical}`);
    const { mappings } = body[physical]!;
    if (owner === null) mappings._meta = { lookalike: {} };
    else mappings._meta.lookalike.installation = owner;
    const settings = product === 'opensearch' ? { index: { knn: true } } : {};
    // With the aliases, because otherwise our requests would not even reach it.
    const aliases = { [`${physical}.own`]: {} };
    expect((await cluster.curl('PUT', `/${physical}`, { settings, mappings, aliases })).status).toBe(200);
    const document = { external_id: 'theirs', labels: [] };
    const embedding = Array.from(entriesOf(1, 9)[0]!.vector);
    await cluster.curl('PUT', `/${physical}/_doc/1?refresh=true`, { ...document, embedding });

    const fresh = await make({
      prefix: cluster.prefix,
      ownership: { installation: cluster.installation, proves: async () => true },
    });
    for (const [what, use] of usesOf(fresh.index)) {
      const error: unknown = await use().catch((reason: unknown) => reason);
      expect({ what, error }).toMatchObject({ what, error: foreign(physical, owner) });
    }
    const { body: kept } = await cluster.curl('GET', `/${physical}/_doc/1`);
    expect(kept).toMatchObject({ _version: 1, _source: document });
  });

  it('do not search or write to an index that replaces one they know', async () => {
    const cluster = await make();
    await publish(cluster, entriesOf(20, 1));
    const physical = cluster.physical(NAME);
    const { body } = await cluster.curl<Record<string, { mappings: object }>>('GET', `/${physical}/_mapping`);
    await cluster.curl('DELETE', `/${physical}`);
    const settings = product === 'opensearch' ? { index: { knn: true } } : {};
    await cluster.curl('PUT', `/${physical}`, { settings, mappings: body[physical]!.mappings });
    const [entry] = entriesOf(1, 1) as [VectorEntry];
    for (const use of [
      () => cluster.index.search(NAME, { vector: entry.vector, k: 3 }),
      () => cluster.index.upsert(NAME, [entry]),
    ]) {
      await expect(use()).rejects.toMatchObject({
        code: expect.stringMatching(/^VECTOR_INDEX_(NOT_FOUND|FOREIGN)$/) as unknown,
      });
      await expect(use()).rejects.toMatchObject(foreign(physical, null));
    }
    expect((await cluster.curl('GET', `/${physical}/_count`)).body).toMatchObject({ count: 0 });
  });

  describe('and an index that was made before installations had ids', () => {
    const entries = entriesOf(40, 1);
    const former = (cluster: ClusterIndex) => formerNames(cluster.prefix, NAME).physical;

    it('is adopted once, by the one whose entries it contains', async () => {
      const [first, second] = await makeTwo(true);
      await publish(first, entries);
      await makeFormer(first, NAME);

      const [entry] = entriesOf(1, 1) as [VectorEntry];
      const found = await second.index.search(NAME, { vector: entry.vector, k: 1 });
      expect(found.matches).toEqual([{ id: 1, score: 1 }]);
      // Its documents have been written by an earlier version, so all of them must be written again.
      expect(await second.index.create(SPEC)).toBe(true);
      await second.index.upsert(NAME, [{ ...entry, id: 41, labels: ['new'] }]);
      await second.index.delete(NAME, [1]);
      await second.index.optimise(NAME);
      await second.index.publish(NAME);
      expect(await second.index.count(NAME)).toBe(40);
      expect(await second.index.list()).toEqual([SPEC]);
      const { body } = await first.curl('GET', `/${first.prefix}.clothing.new/_count`);
      expect(body).toMatchObject({ count: 1 });

      // An older version, which knows no ids, writes through this alias.
      expect((await first.curl('GET', `/${former(first)}.write/_count`)).status).toBe(404);
      for (const [what, use] of usesOf(first.index)) {
        const error: unknown = await use().catch((reason: unknown) => reason);
        const refused = { code: 'VECTOR_INDEX_FOREIGN', details: { owner: second.installation } };
        expect({ what, error }).toMatchObject({ what, error: refused });
      }
      expect(await second.index.count(NAME)).toBe(40);
      await second.index.drop(NAME);
      expect((await first.curl('GET', `/${former(first)}`)).status).toBe(404);
    });

    it('is not adopted without proof', async () => {
      const [first, second] = await makeTwo(false);
      await publish(first, entries);
      await makeFormer(first, NAME);
      const before = await first.curl('GET', `/${former(first)}`);
      for (const [what, use] of usesOf(second.index)) {
        const error: unknown = await use().catch((reason: unknown) => reason);
        expect({ what, error }).toMatchObject({ what, error: foreign(former(first), null) });
      }
      expect(await first.curl('GET', `/${former(first)}`)).toEqual(before);
      expect((await first.curl('GET', `/${former(first)}/_count`)).body).toMatchObject({ count: 40 });
    });

    it('is adopted by only one of two that prove it at the same time', async () => {
      const [first, second] = await makeTwo(true);
      await publish(first, entries);
      await makeFormer(first, NAME);
      const ownership = { installation: randomBytes(16).toString('hex'), proves: async () => true };
      const third = await make({ prefix: first.prefix, ownership });
      const ends = await Promise.allSettled(
        [second, third, second, third].map(({ index }) => index.count(NAME)),
      );
      const counted = ends.filter(({ status }) => status === 'fulfilled');
      const refused = ends.filter(({ status }) => status === 'rejected');
      expect([counted.length, refused.length]).toEqual([2, 2]);
      for (const end of refused) expect(end).toMatchObject({ reason: { code: 'VECTOR_INDEX_FOREIGN' } });
    });

    it('is proved by a sample of its entries', async () => {
      const first = await make();
      await publish(first, entries);
      await makeFormer(first, NAME);
      const seen: { id: number; externalId: string; vector: Float32Array }[] = [];
      const ownership = {
        installation: randomBytes(16).toString('hex'),
        proves: async (name: string, held: readonly (typeof seen)[number][]) => {
          expect(name).toBe(NAME);
          seen.push(...held);
          return true;
        },
      };
      const second = await make({ prefix: first.prefix, ownership });
      expect(await second.index.count(NAME)).toBe(40);
      expect(new Set(seen.map(({ id }) => id)).size).toBe(32);
      for (const { id, externalId, vector } of seen) {
        expect({ externalId, vector }).toEqual({
          externalId: entries[id - 1]?.externalId,
          vector: entries[id - 1]?.vector,
        });
      }
    });

    it('yields its aliases to a new index of the same dataset', async () => {
      const [first, second] = await makeTwo(true);
      await publish(first, entries);
      await makeFormer(first, NAME);
      await publish(second, entriesOf(20, 3), { ...SPEC, name: 'clothing-2' });
      const { body } = await first.curl('GET', `/${first.prefix}.clothing/_count`);
      expect(body).toMatchObject({ count: 20 });
      expect((await second.index.list()).map(({ name }) => name).sort()).toEqual([NAME, 'clothing-2']);
    });
  });
});
