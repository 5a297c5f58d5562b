import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { withLabels } from '../../src/filters/index.ts';
import type { VectorEntry, VectorIndex } from '../../src/search/vector-index/vector-index.port.ts';
import { clusteredVectors, seededRandom } from '../contracts/vectors.ts';
import { ClusterIndex, sharedServer, type ClusterIndexOptions } from '../fixtures/cluster-index.ts';
import { FaultProxy } from '../fixtures/fault-proxy.ts';
import type { Product } from '../fixtures/search-servers.ts';

const DIMENSION = 64;
const NAME = 'clothing';
const SPEC = { name: NAME, dimension: DIMENSION, model: 'a-model', dataset: 'clothing' };
const UNAVAILABLE = { code: 'SEARCH_UNAVAILABLE' };

const entries: readonly VectorEntry[] = clusteredVectors(1_000, DIMENSION, 10, seededRandom(9)).map(
  (vector, at) => ({ id: at + 1, vector, labels: [`label ${at % 4}`], externalId: `image-${at + 1}` }),
);
const vector = entries[0]!.vector;

async function* stream(some: readonly VectorEntry[], at: Record<number, () => Promise<void>> = {}) {
  for (const [index, entry] of some.entries()) {
    await at[index]?.();
    yield entry;
  }
}

describe.each<Product>(['elasticsearch', 'opensearch'])('faults between us and %s', (product) => {
  const made: ClusterIndex[] = [];
  let proxy: FaultProxy;
  let url: string;

  beforeEach(async () => {
    const server = await sharedServer(product);
    proxy = new FaultProxy(Number(new URL(server.url).port));
    url = await proxy.start();
  });
  afterEach(async () => {
    await proxy.pass();
    for (const cluster of made.splice(0)) await cluster.remove();
    await proxy.close();
  });

  async function make(options?: ClusterIndexOptions): Promise<ClusterIndex> {
    const cluster = await ClusterIndex.make(product, { nodes: [url], ...options });
    made.push(cluster);
    return cluster;
  }

  async function loaded(some = entries): Promise<ClusterIndex> {
    const cluster = await make();
    await cluster.index.create(SPEC);
    expect(await cluster.index.load(NAME, stream(some))).toEqual([]);
    await cluster.index.optimise(NAME);
    return cluster;
  }

  /** Earlier than the server would have answered. */
  async function assertUnavailable(index: VectorIndex): Promise<void> {
    await expect(index.search(NAME, { vector, k: 5 })).rejects.toMatchObject(UNAVAILABLE);
  }

  it('down at start-up: it starts, and works once the server is up', async () => {
    const cluster = await make();
    await proxy.refuse();
    await cluster.index.open();
    await expect(cluster.index.ping()).rejects.toMatchObject(UNAVAILABLE);
    await expect(cluster.index.create(SPEC)).rejects.toMatchObject(UNAVAILABLE);
    await assertUnavailable(cluster.index);

    await proxy.pass();
    await cluster.index.ping();
    expect(await cluster.index.create(SPEC)).toBe(true);
    await cluster.index.upsert(NAME, entries.slice(0, 5));
    expect((await cluster.index.search(NAME, { vector, k: 1 })).matches[0]?.id).toBe(1);
  });

  it('down during a load: the load is rejected, and a second one completes it', async () => {
    const cluster = await make();
    await cluster.index.create(SPEC);
    const broken = cluster.index.load(NAME, stream(entries, { 500: () => proxy.refuse() }));
    await expect(broken).rejects.toMatchObject(UNAVAILABLE);
    await proxy.pass();
    expect(await cluster.index.load(NAME, stream(entries))).toEqual([]);
    await cluster.index.optimise(NAME);
    expect(await cluster.index.count(NAME)).toBe(entries.length);
  });

  it('down during searches: they fail immediately, and succeed once it is up again', async () => {
    const cluster = await loaded();
    const before = await cluster.index.search(NAME, { vector, k: 5 });
    await proxy.refuse();
    for (let search = 0; search < 5; search += 1) {
      await assertUnavailable(cluster.index);
    }
    await expect(cluster.index.upsert(NAME, entries.slice(0, 1))).rejects.toMatchObject(UNAVAILABLE);
    await proxy.pass();
    expect(await cluster.index.search(NAME, { vector, k: 5 })).toEqual(before);
  });

  it('a minute slow: a search is abandoned in time, whatever requests it needs', async () => {
    const cluster = await loaded(entries.slice(0, 20));
    const fresh = await make();
    await proxy.delay(60_000);
    // One that already knows the server and the index, and one that has to ask for both.
    for (const { index } of [cluster, fresh]) await assertUnavailable(index);
  });

  it('slow, but within the limit for each request: the requests of one search share one limit', async () => {
    const cluster = await loaded(entries.slice(0, 20));
    const hurried = await make({ prefix: cluster.prefix, ownership: cluster.ownership, timeoutMs: 3_000 });
    const query = { vector, k: 500, filter: withLabels(['label 1']) };
    expect((await hurried.index.search(NAME, query)).matches).toHaveLength(5);
    // Finding fewer than k takes a search and a count: four seconds, each of them less than three.
    await proxy.delay(2_000);
    await expect(hurried.index.search(NAME, query)).rejects.toMatchObject(UNAVAILABLE);
  });

  it('reset in the middle of an answer: asked again, and unavailable if it persists', async () => {
    const cluster = await loaded();
    const before = await cluster.index.search(NAME, { vector, k: 50 });
    await proxy.resetMidAnswer();
    expect(await cluster.index.search(NAME, { vector, k: 50 })).toEqual(before);
    await proxy.resetMidAnswer(64, Infinity);
    await assertUnavailable(cluster.index);
    await proxy.pass();
    expect(await cluster.index.search(NAME, { vector, k: 50 })).toEqual(before);
  });

  it('reset in the middle of a load: no document is stored twice, whatever the outcome', async () => {
    const cluster = await make();
    await cluster.index.create(SPEC);
    await proxy.resetMidAnswer();
    await cluster.index.load(NAME, stream(entries)).catch((error: unknown) => {
      expect(error).toMatchObject(UNAVAILABLE);
      return cluster.index.load(NAME, stream(entries));
    });
    await cluster.index.optimise(NAME);
    expect(await cluster.index.count(NAME)).toBe(entries.length);
  });

  it('mapping with another dimension: refused, with the server’s reason', async () => {
    const cluster = await loaded();
    const physical = cluster.physical(NAME);
    // Somebody has recreated it with our name in its mapping, but for other vectors.
    const { body } = await cluster.curl<Record<string, { mappings: Record<string, unknown> }>>(
      'GET',
      `/${physical}/_mapping`,
    );
    const mappings = JSON.parse(
      JSON.stringify(body[physical]?.mappings).replaceAll(/"(dims|dimension)":64/g, '"$1":32'),
    ) as { _meta: { lookalike: { dimension: number } } };
    mappings._meta.lookalike.dimension = DIMENSION;
    await cluster.curl('DELETE', `/${physical}`);
    const index = product === 'opensearch' ? { knn: true } : {};
    const aliases = { [`${physical}.own`]: {} };
    expect(
      (await cluster.curl('PUT', `/${physical}`, { settings: { index }, mappings, aliases })).status,
    ).toBe(200);

    const wrong = expect.stringMatching(/dimension/i) as unknown;
    await expect(cluster.index.upsert(NAME, entries.slice(0, 3))).rejects.toMatchObject({
      code: 'VECTOR_REJECTED',
      message: wrong,
    });
    const rejected = await cluster.index.load(NAME, stream(entries.slice(0, 3)));
    expect(rejected).toHaveLength(3);
    expect(rejected).toContainEqual({
      id: 2,
      externalId: 'image-2',
      code: 'VECTOR_REJECTED',
      message: wrong,
    });
    await cluster.curl('POST', `/${cluster.physical(NAME)}/_doc?refresh=true`, {
      embedding: Array.from({ length: 32 }, (_, at) => at + 1),
    });
    await expect(cluster.index.search(NAME, { vector, k: 3 })).rejects.toMatchObject({
      code: 'SEARCH_SERVER_REFUSED',
      message: wrong,
    });
    await expect(cluster.index.create({ ...SPEC, dimension: 32 })).rejects.toMatchObject({
      code: 'VECTOR_INDEX_MISMATCH',
    });
  });

  it('documents that the server rejects: reported one by one with its reason, the others written', async () => {
    const cluster = await loaded([]);
    const physical = cluster.physical(NAME);
    const { body } = await cluster.curl<Record<string, { mappings: Record<string, unknown> }>>(
      'GET',
      `/${physical}/_mapping`,
    );
    const mappings = JSON.parse(
      JSON.stringify(body[physical]?.mappings).replace(
        '"external_id":{"type":"keyword"}',
        '"external_id":{"type":"integer"}',
      ),
    ) as object;
    await cluster.curl('DELETE', `/${physical}`);
    const index = product === 'opensearch' ? { knn: true } : {};
    const aliases = { [`${physical}.own`]: {} };
    expect(
      (await cluster.curl('PUT', `/${physical}`, { settings: { index }, mappings, aliases })).status,
    ).toBe(200);

    const some = entries.slice(0, 60).map((entry) => ({
      ...entry,
      externalId: entry.id % 3 === 0 ? `picture ${entry.id}` : String(entry.id),
      vector: entry.id === 50 ? new Float32Array(DIMENSION) : entry.vector,
    }));
    const rejected = await cluster.index.load(NAME, stream(some));
    await cluster.index.optimise(NAME);
    expect(await cluster.index.count(NAME)).toBe(39);
    const byId = new Map(rejected.map((one) => [one.id, one]));
    expect([...byId.keys()].sort((a, b) => a - b)).toEqual(
      [...some.filter(({ id }) => id % 3 === 0).map(({ id }) => id), 50].sort((a, b) => a - b),
    );
    expect(byId.get(9)).toMatchObject({
      externalId: 'picture 9',
      code: 'VECTOR_REJECTED',
      message: expect.stringContaining('For input string: "picture 9"') as unknown,
    });
    expect(byId.get(50)).toMatchObject({ externalId: '50', code: 'VECTOR_INVALID' });
  });
});
