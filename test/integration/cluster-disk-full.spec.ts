import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { VectorEntry } from '../../src/search/vector-index/vector-index.port.ts';
import { clusteredVectors, seededRandom } from '../contracts/vectors.ts';
import { Service, type JobResult } from '../e2e/service.ts';
import { ClusterIndex } from '../fixtures/cluster-index.ts';
import { FaultProxy } from '../fixtures/fault-proxy.ts';
import {
  startElasticsearch,
  startOpensearch,
  type Product,
  type SearchServer,
} from '../fixtures/search-servers.ts';

const samples = fileURLToPath(new URL('../../samples/stamps', import.meta.url));
const DIMENSION = 64;
const NAME = 'clothing';
const UNAVAILABLE = { code: 'SEARCH_UNAVAILABLE' };
/** A separate server, because the free space on its disk affects all of its indexes. */
const PORTS: Record<Product, number> = { elasticsearch: 9260, opensearch: 9270 };

const entries: readonly VectorEntry[] = clusteredVectors(1_000, DIMENSION, 10, seededRandom(9)).map(
  (vector, at) => ({ id: at + 1, vector, labels: [`label ${at % 4}`], externalId: `image-${at + 1}` }),
);

async function* stream(some: readonly VectorEntry[]): AsyncGenerator<VectorEntry> {
  yield* some;
}

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await sleep(50);
}

describe.each<Product>(['elasticsearch', 'opensearch'])('%s, whose disk is full', (product) => {
  let server: SearchServer;
  let proxy: FaultProxy;
  let cluster: ClusterIndex;

  beforeAll(async () => {
    const port = PORTS[product];
    server = await (product === 'elasticsearch' ? startElasticsearch({ port }) : startOpensearch({ port }));
    proxy = new FaultProxy(port);
    cluster = await ClusterIndex.make(product, { server, nodes: [await proxy.start()] });
  });
  afterEach(() => haveRoom(true));
  afterAll(async () => {
    await cluster?.remove();
    await proxy?.close();
    await server?.stop();
  });

  /** The free space required at each level. While it is set, the server itself blocks writes. */
  async function haveRoom(isRoom: boolean): Promise<void> {
    const watermark = 'cluster.routing.allocation.disk.watermark';
    const unit = isRoom ? 'b' : 'pb';
    const { status, body } = await cluster.curl('PUT', '/_cluster/settings', {
      persistent: {
        'cluster.routing.allocation.disk.threshold_enabled': true,
        [`${watermark}.low`]: `3${unit}`,
        [`${watermark}.high`]: `2${unit}`,
        [`${watermark}.flood_stage`]: `1${unit}`,
        'cluster.info.update.interval': '10s',
      },
    });
    expect({ status, body }).toMatchObject({ status: 200 });
  }

  async function isBlocked(index: string): Promise<boolean> {
    interface Settings {
      settings: { index: { blocks?: { read_only_allow_delete?: string } } };
    }
    const { body } = await cluster.curl<Record<string, Settings>>('GET', `/${index}/_settings`);
    return Object.values(body)[0]?.settings.index.blocks?.read_only_allow_delete === 'true';
  }

  it('refuses writes but answers searches, and accepts writes once there is space', async () => {
    const { index } = cluster;
    const physical = cluster.physical(NAME);
    await index.create({ name: NAME, dimension: DIMENSION, model: 'a-model' });
    expect(await index.load(NAME, stream(entries.slice(0, 100)))).toEqual([]);
    await index.optimise(NAME);
    await haveRoom(false);
    await until(() => isBlocked(physical));

    await expect(index.upsert(NAME, entries.slice(100, 110))).rejects.toMatchObject(UNAVAILABLE);
    await expect(index.load(NAME, stream(entries))).rejects.toMatchObject(UNAVAILABLE);
    const { matches } = await index.search(NAME, { vector: entries[0]!.vector, k: 5 });
    expect(matches).toHaveLength(5);
    expect(await index.count(NAME)).toBe(100);

    // Space is freed during a load, after the server has refused it once.
    await haveRoom(true);
    const before = proxy.answers;
    const loading = index.load(NAME, stream(entries));
    await until(() => proxy.answers > before);
    await cluster.curl('PUT', `/${physical}/_settings`, { 'index.blocks.read_only_allow_delete': null });
    expect(await loading).toEqual([]);
    await index.optimise(NAME);
    expect(await index.count(NAME)).toBe(entries.length);
  });

  it('keeps a build waiting until there is space', async () => {
    const service = await Service.start({
      IMPORT_ROOTS: samples,
      VECTOR_INDEX: product,
      [`${product.toUpperCase()}_NODE`]: server.url,
      INDEX_PREFIX: cluster.prefix,
    });
    try {
      const { importDataset } = await service.query<{ importDataset: { id: string; datasetId: string } }>(
        'mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id datasetId } }',
        { input: { dataset: 'stamps', annotationsPath: join(samples, 'annotations.json') } },
      );
      expect(await service.job(importDataset.id)).toMatchObject({ state: 'SUCCEEDED' });
      const { datasetId } = importDataset;
      const build = async (rebuild: boolean) => {
        const { buildIndex } = await service.query<{ buildIndex: { id: string } }>(
          'mutation ($input: BuildIndexInput!) { buildIndex(input: $input) { id } }',
          { input: { dataset: datasetId, rebuild } },
        );
        return buildIndex.id;
      };
      const stateOf = async (id: string) => {
        const { job } = await service.query<{ job: JobResult }>(
          'query ($id: ID!) { job(id: $id) { state } }',
          { id },
        );
        return job.state;
      };
      expect(await service.job(await build(false))).toMatchObject({ state: 'SUCCEEDED', error: null });

      await haveRoom(false);
      await until(() => isBlocked(`${cluster.prefix}.stamps`));
      const id = await build(true);
      await until(async () => (await stateOf(id)) === 'RUNNING');
      await sleep(3_000);
      expect(await stateOf(id)).toBe('RUNNING');
      const bytes = await readFile(join(samples, 'images', 'fruit-kiwi.jpg'));
      const { similarImages } = await service.query<{
        similarImages: { nodes: { image: { externalId: string } }[] };
      }>(
        'query ($by: SimilarImagesBy!) { similarImages(by: $by, first: 3) { nodes { image { externalId } } } }',
        { by: { upload: null } },
        { 'variables.by.upload': { name: 'kiwi.jpg', bytes } },
      );
      expect(similarImages.nodes[0]?.image.externalId).toBe('6');

      await haveRoom(true);
      expect(await service.job(id)).toMatchObject({ state: 'SUCCEEDED', error: null });
      expect(await isBlocked(`${cluster.prefix}.stamps`)).toBe(false);
    } finally {
      await service.stopAndForget();
    }
  });
});
