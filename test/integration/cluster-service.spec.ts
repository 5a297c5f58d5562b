import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Service, type JobResult } from '../e2e/service.ts';
import { ClusterIndex, sharedServer } from '../fixtures/cluster-index.ts';
import { FaultProxy } from '../fixtures/fault-proxy.ts';

const samples = fileURLToPath(new URL('../../samples/stamps', import.meta.url));
const KIWI = join(samples, 'images', 'fruit-kiwi.jpg');

interface Readiness {
  readonly status: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

describe('the service with an Elasticsearch that is stopped and started', () => {
  let proxy: FaultProxy;
  let service: Service;
  /** Not searched: it provides the prefix and removes the indexes at the end. */
  let cluster: ClusterIndex;
  let datasetId: string;

  beforeAll(async () => {
    const server = await sharedServer('elasticsearch');
    cluster = await ClusterIndex.make('elasticsearch');
    proxy = new FaultProxy(Number(new URL(server.url).port));
    const url = await proxy.start();
    await proxy.refuse();
    service = await Service.start({
      IMPORT_ROOTS: samples,
      VECTOR_INDEX: 'elasticsearch',
      ELASTICSEARCH_NODE: url,
      INDEX_PREFIX: cluster.prefix,
      LABEL_ALIAS_PATTERN: `${cluster.prefix}.{dataset}.{label}`,
    });
  });
  afterEach(() => proxy.pass());
  afterAll(async () => {
    await service?.stopAndForget();
    await proxy?.close();
    await cluster?.remove();
  });

  async function health(of: 'live' | 'ready') {
    const response = await fetch(`${service.url}/health/${of}`);
    return { status: response.status, body: (await response.json()) as Readiness };
  }

  async function buildIndex(rebuild = false): Promise<string> {
    const { buildIndex: job } = await service.query<{ buildIndex: { id: string } }>(
      'mutation ($input: BuildIndexInput!) { buildIndex(input: $input) { id } }',
      { input: { dataset: datasetId, rebuild } },
    );
    return job.id;
  }

  async function stateOf(id: string): Promise<string> {
    const { job } = await service.query<{ job: JobResult }>('query ($id: ID!) { job(id: $id) { state } }', {
      id,
    });
    return job.state;
  }

  async function search() {
    const { data, errors } = await service.graphql<{
      similarImages: { nodes: { image: { externalId: string } }[] };
    }>(
      'query ($by: SimilarImagesBy!) { similarImages(by: $by, first: 3) { nodes { image { externalId } } } }',
      { by: { upload: null } },
      { 'variables.by.upload': { name: 'kiwi.jpg', bytes: await readFile(KIWI) } },
    );
    return {
      first: data?.similarImages?.nodes[0]?.image.externalId,
      code: errors?.[0]?.extensions.code,
      message: errors?.[0]?.message ?? '',
    };
  }

  it('starts without it, is alive, and reports what it is waiting for', async () => {
    await proxy.refuse();
    expect(await health('live')).toMatchObject({ status: 200, body: { status: 'ok' } });
    const { status, body } = await health('ready');
    expect({ status, database: body.dependencies.database }).toEqual({ status: 503, database: 'ok' });
    expect(body.dependencies['vector index']).toContain('Elasticsearch: it cannot be reached (ECONNREFUSED)');
    expect(JSON.stringify(body)).not.toContain('127.0.0.1');

    await proxy.stall();
    expect((await health('ready')).status).toBe(503);
    expect((await health('live')).status).toBe(200);

    await proxy.pass();
    expect(await health('ready')).toMatchObject({
      status: 200,
      body: { dependencies: { 'vector index': 'ok' } },
    });
  });

  it('pauses a build while the server is down, and resumes each time it is back', async () => {
    const { importDataset } = await service.query<{ importDataset: { id: string; datasetId: string } }>(
      'mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id datasetId } }',
      { input: { dataset: 'stamps', annotationsPath: join(samples, 'annotations.json') } },
    );
    datasetId = importDataset.datasetId;
    expect(await service.job(importDataset.id)).toMatchObject({ state: 'SUCCEEDED' });

    await proxy.refuse();
    const id = await buildIndex();
    while ((await stateOf(id)) === 'QUEUED') await sleep(50);
    await sleep(2_500);
    expect(await stateOf(id)).toBe('RUNNING');
    await proxy.pass();
    await sleep(1_500);
    await proxy.refuse();
    await sleep(1_500);
    await proxy.pass();
    expect(await service.job(id)).toMatchObject({ state: 'SUCCEEDED', done: 100, failed: 0, error: null });

    const { body } = await cluster.curl('GET', `/${cluster.prefix}.stamps/_count`);
    expect(body.count).toBe(100);
    expect(await search()).toMatchObject({ first: '6', code: undefined });
  });

  it.each([
    ['is gone', () => proxy.refuse()],
    ['answers after a minute only', () => proxy.delay(60_000)],
    ['takes requests and says nothing', () => proxy.stall()],
  ])('says that it cannot search, and does not wait for a server that %s', async (_what, fault) => {
    expect(await search()).toMatchObject({ first: '6' });
    await fault();
    const { code, message } = await search();
    expect(code).toBe('SEARCH_UNAVAILABLE');
    expect(message).not.toContain('127.0.0.1');
    expect((await health('live')).status).toBe(200);
    await proxy.pass();
    expect(await search()).toMatchObject({ first: '6' });
  });

  it('rebuilds an index that somebody has deleted on the server', async () => {
    const { body } = await cluster.curl('GET', `/${cluster.prefix}.stamps/_alias`);
    const [physical] = Object.keys(body);
    await cluster.curl('DELETE', `/${physical}`);
    expect(await search()).toMatchObject({ code: 'VECTOR_INDEX_NOT_FOUND' });
    const missing = expect.stringMatching(/^The vector index of "stamps" is missing/) as unknown;
    expect(await health('ready')).toMatchObject({
      status: 503,
      body: { dependencies: { 'vector index': missing } },
    });
    expect((await cluster.curl('GET', `/${physical}/_count`)).status).toBe(404);

    expect(await service.job(await buildIndex())).toMatchObject({ state: 'SUCCEEDED', done: 100 });
    expect(await search()).toMatchObject({ first: '6' });
    expect((await health('ready')).status).toBe(200);
    expect((await cluster.curl('GET', `/${cluster.prefix}.stamps.4/_count`)).status).toBe(200);
  });
});
