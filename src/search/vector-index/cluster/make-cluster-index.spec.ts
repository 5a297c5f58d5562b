import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FaultProxy } from '../../../../test/fixtures/fault-proxy.ts';
import {
  PRODUCTS,
  StubCluster,
  type StubAnswer,
  type StubRequest,
} from '../../../../test/fixtures/stub-cluster.ts';
import { loadConfig } from '../../../config/index.ts';
import { ClusterConfig } from './cluster.config.ts';
import type { VectorIndex } from '../vector-index.port.ts';
import { makeElasticsearchIndex, makeOpensearchIndex } from './make-cluster-index.ts';

const config = (settings: Record<string, string>) =>
  loadConfig([ClusterConfig], settings).get(ClusterConfig) as ClusterConfig;
const ownership = { installation: '5'.repeat(32), proves: async () => false };

describe('an index on a configured cluster', () => {
  const stubs: StubCluster[] = [];
  const indexes: VectorIndex[] = [];
  const warn = jest.fn<(message: unknown) => void>();

  beforeEach(() => void warn.mockClear());
  afterEach(async () => {
    for (const index of indexes.splice(0)) await index.close();
    for (const stub of stubs.splice(0)) await stub.close();
  });

  async function stub(answer: (request: StubRequest) => StubAnswer): Promise<StubCluster> {
    const started = await StubCluster.start(answer);
    stubs.push(started);
    return started;
  }
  async function elasticsearch(settings: Record<string, string>): Promise<VectorIndex> {
    const index = await makeElasticsearchIndex(config(settings), ownership, { warn });
    indexes.push(index);
    return index;
  }
  async function opensearch(settings: Record<string, string>): Promise<VectorIndex> {
    const index = await makeOpensearchIndex(config(settings), ownership, { warn });
    indexes.push(index);
    return index;
  }

  describe('authenticates with', () => {
    it('an API key', async () => {
      const { url, requests } = await stub(() => PRODUCTS.elasticsearch('8.19.9'));
      const index = await elasticsearch({ ELASTICSEARCH_NODE: url, ELASTICSEARCH_API_KEY: 'aWQ6a2V5' });
      await index.open();
      expect(requests).toHaveLength(1);
      expect(requests[0]).toMatchObject({
        method: 'GET',
        path: '/',
        headers: expect.objectContaining({ authorization: 'ApiKey aWQ6a2V5' }) as unknown,
      });
    });

    it.each([
      ['ELASTICSEARCH', elasticsearch, PRODUCTS.elasticsearch('9.1.0')],
      ['OPENSEARCH', opensearch, PRODUCTS.opensearch('3.1.0')],
    ] as const)('%s_USERNAME and its password', async (product, make, answer) => {
      const { url, requests } = await stub(() => answer);
      const settings = { NODE: url, USERNAME: 'catalogue', PASSWORD: 'p:ä$$' };
      const index = await make(
        Object.fromEntries(Object.entries(settings).map(([key, value]) => [`${product}_${key}`, value])),
      );
      await index.open();
      const [scheme, credentials = ''] = requests[0]?.headers.authorization?.split(' ') ?? [];
      expect([scheme, Buffer.from(credentials, 'base64').toString()]).toEqual(['Basic', 'catalogue:p:ä$$']);
    });

    it('nothing, if nothing is configured', async () => {
      const { url, requests } = await stub(() => PRODUCTS.elasticsearch('8.18.0'));
      await (await elasticsearch({ ELASTICSEARCH_NODE: url })).open();
      expect(requests[0]?.headers).not.toHaveProperty('authorization');
    });

    it('a signature for Amazon OpenSearch', async () => {
      const { url, requests } = await stub(() => PRODUCTS.opensearch('2.19.0'));
      const before = { ...process.env };
      Object.assign(process.env, {
        AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'not-a-secret',
        AWS_SESSION_TOKEN: 'a-session',
      });
      try {
        const index = await opensearch({ OPENSEARCH_NODE: url, OPENSEARCH_AWS_REGION: 'eu-central-1' });
        await index.open();
        const { headers } = requests.at(-1)!;
        expect(headers.authorization).toMatch(
          /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d{8}\/eu-central-1\/es\/aws4_request, SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}$/,
        );
        expect(headers['x-amz-date']).toMatch(/^\d{8}T\d{6}Z$/);
        expect(headers['x-amz-security-token']).toBe('a-session');
      } finally {
        for (const key of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) {
          if (before[key] === undefined) delete process.env[key];
          else process.env[key] = before[key];
        }
      }
    });
  });

  it.each([
    ['Elasticsearch', elasticsearch, 'ELASTICSEARCH_NODE', PRODUCTS.elasticsearch('8.19.9')],
    ['OpenSearch', opensearch, 'OPENSEARCH_NODE', PRODUCTS.opensearch('2.19.1')],
  ] as const)('asks another node of %s where one is down', async (_product, make, key, answer) => {
    const [first, second, third] = [
      await stub(() => answer),
      await stub(() => answer),
      await stub(() => answer),
    ];
    const index = await make({ [key]: [first, second, third].map(({ url }) => url).join(', ') });
    await index.open();
    for (let call = 0; call < 6; call += 1) await index.ping();
    expect(stubs.every(({ requests }) => requests.length > 0)).toBe(true);
    await first.close();
    stubs.splice(stubs.indexOf(first), 1);
    for (let call = 0; call < 6; call += 1) await index.ping();
    expect(warn).not.toHaveBeenCalled();
  });

  describe('refuses to start with', () => {
    it.each([
      [
        'Elasticsearch 8.11',
        PRODUCTS.elasticsearch('8.11.4'),
        /^Elasticsearch 8\.11\.4 is too old: 8\.18 is the first/,
      ],
      [
        'Elasticsearch 7.10',
        PRODUCTS.elasticsearch('7.10.2'),
        /before 7\.14, which is too old, or another product/,
      ],
      ['OpenSearch', PRODUCTS.opensearch('2.19.1'), /VECTOR_INDEX to opensearch/],
      ['a web server', { body: '<html>It works!</html>' }, /does not identify itself as Elasticsearch/],
      [
        'a web server without the page',
        { status: 404, body: '<html>Not found</html>' },
        /did not report its version: it answered 404\. Check its address/,
      ],
      [
        'wrong credentials',
        {
          status: 401,
          body: { error: { type: 'security_exception', reason: 'unable to authenticate user [elastic]' } },
        },
        /does not accept the credentials\. Check its address and the credentials/,
      ],
    ])('for Elasticsearch: %s', async (_what, answer: StubAnswer, message) => {
      const { url } = await stub(() => answer);
      const index = await elasticsearch({ ELASTICSEARCH_NODE: url });
      await expect(index.open()).rejects.toMatchObject({
        code: 'SEARCH_SERVER_REFUSED',
        message: expect.stringMatching(message) as unknown,
      });
      await expect(index.search('clothing', { vector: Float32Array.of(1), k: 1 })).rejects.toMatchObject({
        code: 'SEARCH_SERVER_REFUSED',
      });
      expect(warn).not.toHaveBeenCalled();
    });

    it.each([
      [
        'OpenSearch 1.3',
        PRODUCTS.opensearch('1.3.20'),
        /^OpenSearch 1\.3\.20 is too old: 2\.12 is the first/,
      ],
      [
        'Elasticsearch',
        PRODUCTS.elasticsearch('8.19.9'),
        /does not identify itself as OpenSearch \(version 8\.19\.9\)\. If it is Elasticsearch, set VECTOR_INDEX to elasticsearch/,
      ],
      [
        'Elasticsearch 7.10',
        PRODUCTS.elasticsearch('7.10.2'),
        /does not identify itself as OpenSearch \(version 7\.10\.2\)/,
      ],
      ['a web server', { body: '<html>It works!</html>' }, /does not identify itself as OpenSearch/],
    ])('for OpenSearch: %s', async (_what, answer: StubAnswer, message) => {
      const { url } = await stub(() => answer);
      const index = await opensearch({ OPENSEARCH_NODE: url });
      await expect(index.open()).rejects.toMatchObject({
        code: 'SEARCH_SERVER_REFUSED',
        message: expect.stringMatching(message) as unknown,
      });
    });
  });

  it.each([
    ['elasticsearch', elasticsearch, 'ELASTICSEARCH_NODE', PRODUCTS.elasticsearch('8.19.9')],
    ['opensearch', opensearch, 'OPENSEARCH_NODE', PRODUCTS.opensearch('2.19.1')],
  ] as const)(
    'starts without %s if it is down, warns, and finds it later',
    async (_product, make, key, answer) => {
      const server = await stub(() => answer);
      const proxy = new FaultProxy(Number(new URL(server.url).port));
      const url = await proxy.start();
      try {
        await proxy.refuse();
        const index = await make({ [key]: url });
        await index.open();
        expect(warn).toHaveBeenCalledTimes(1);
        const warning = String(warn.mock.calls[0]?.[0]);
        expect(warning).toContain('ECONNREFUSED');
        expect(warning).toContain('starts without it');
        expect(warning).not.toContain('127.0.0.1');
        await expect(index.ping()).rejects.toMatchObject({ code: 'SEARCH_UNAVAILABLE' });

        await proxy.pass();
        await expect(index.ping()).resolves.toBeUndefined();
      } finally {
        await proxy.close();
      }
    },
  );

  it('abandons a search after INDEX_TIMEOUT_MS in total, however many requests it takes', async () => {
    const server = await stub(({ path }) =>
      path === '/'
        ? PRODUCTS.elasticsearch('8.19.9')
        : { headers: { 'x-elastic-product': 'Elasticsearch' }, body: {} },
    );
    const proxy = new FaultProxy(Number(new URL(server.url).port));
    try {
      const index = await elasticsearch({ ELASTICSEARCH_NODE: await proxy.start(), INDEX_TIMEOUT_MS: '300' });
      await proxy.stall();
      await expect(index.search('clothing', { vector: Float32Array.of(1), k: 1 })).rejects.toMatchObject({
        code: 'SEARCH_UNAVAILABLE',
        message: expect.stringContaining('it does not answer in time') as unknown,
      });
      // One request, that was never answered.
      expect(proxy.connections).toBe(1);
    } finally {
      await proxy.close();
    }
  });

  it('creates indexes with the configured graph and shards', async () => {
    const { installation } = ownership;
    const physical = 'shop-555555555555-hats';
    const lookalike = { prefix: 'shop', name: 'hats', dimension: 1280, model: 'm', installation };
    let isMade = false;
    const { url, requests } = await stub(({ method, path }) => {
      if (path === '/') return PRODUCTS.opensearch('2.19.1');
      isMade ||= method === 'PUT';
      return method === 'GET'
        ? { body: isMade ? { [physical]: { mappings: { _meta: { lookalike } } } } : {} }
        : { body: { acknowledged: true } };
    });
    const index = await opensearch({
      OPENSEARCH_NODE: url,
      OPENSEARCH_ENGINE: 'faiss',
      INDEX_PREFIX: 'shop',
      INDEX_SHARDS: '6',
      INDEX_HNSW_M: '32',
      INDEX_HNSW_EF_CONSTRUCTION: '256',
    });
    expect(await index.create({ name: 'hats', dimension: 1280, model: 'm' })).toBe(true);
    const made = requests.find(({ method }) => method === 'PUT');
    expect(made?.path).toBe(`/${physical}`);
    expect(JSON.parse(made?.body ?? '')).toMatchObject({
      settings: { index: { number_of_shards: 6, number_of_replicas: 0, refresh_interval: '-1', knn: true } },
      mappings: {
        dynamic: 'strict',
        _source: { excludes: ['embedding'] },
        _meta: { lookalike: { ...lookalike, format: 2 } },
        properties: {
          image_name: { type: 'keyword' },
          external_id: { type: 'keyword' },
          labels: { type: 'keyword' },
          embedding: {
            type: 'knn_vector',
            dimension: 1280,
            store: true,
            method: {
              engine: 'faiss',
              space_type: 'cosinesimil',
              parameters: { m: 32, ef_construction: 256 },
            },
          },
        },
      },
      aliases: { [`${physical}.own`]: {} },
    });
  });
});

describe('settings of a cluster', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lookalike-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const CLOUD_ID = `shop:${Buffer.from('example.com$abc$def').toString('base64')}`;

  it('accept a Cloud ID instead of addresses', async () => {
    const index = await makeElasticsearchIndex(
      config({ ELASTICSEARCH_CLOUD_ID: CLOUD_ID, ELASTICSEARCH_API_KEY: 'aWQ6a2V5' }),
      ownership,
    );
    await index.close();
  });

  it.each([
    [
      { ELASTICSEARCH_CLOUD_ID: CLOUD_ID, ELASTICSEARCH_NODE: 'https://search:9200' },
      /ELASTICSEARCH_NODE or ELASTICSEARCH_CLOUD_ID, not both/,
    ],
    [
      { ELASTICSEARCH_API_KEY: 'x', ELASTICSEARCH_USERNAME: 'y', ELASTICSEARCH_PASSWORD: 'z' },
      /ELASTICSEARCH_API_KEY or ELASTICSEARCH_USERNAME, not both/,
    ],
    [{ ELASTICSEARCH_USERNAME: 'y' }, /both ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD/],
    [{ ELASTICSEARCH_PASSWORD: 'z' }, /both ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD/],
    [{ ELASTICSEARCH_CLOUD_ID: 'nonsense' }, /ELASTICSEARCH_CLOUD_ID/],
    [
      { ELASTICSEARCH_CA_FILE: '/no/such/ca.pem' },
      /ELASTICSEARCH_CA_FILE=\/no\/such\/ca\.pem: there is no such file/,
    ],
    [
      { LABEL_ALIAS_PATTERN: 'lookalike.{label}' },
      /LABEL_ALIAS_PATTERN=lookalike\.\{label\} would give labels the names/,
    ],
    [{ LABEL_ALIAS_PATTERN: 'lookalike-{label}' }, /would give labels the names/],
    [{ INDEX_PREFIX: 'shop', LABEL_ALIAS_PATTERN: '{prefix}.{label}' }, /would give labels the names/],
  ])(
    'are refused where they contradict each other: %j',
    async (settings: Record<string, string>, message) => {
      await expect(makeElasticsearchIndex(config(settings), ownership)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(message) as unknown,
      });
    },
  );

  it.each([
    [
      { OPENSEARCH_AWS_REGION: 'eu-central-1', OPENSEARCH_USERNAME: 'x', OPENSEARCH_PASSWORD: 'y' },
      /OPENSEARCH_AWS_REGION or OPENSEARCH_USERNAME, not both/,
    ],
    [{ OPENSEARCH_USERNAME: 'x' }, /both OPENSEARCH_USERNAME and OPENSEARCH_PASSWORD/],
    [{ OPENSEARCH_CA_FILE: '/no/such/ca.pem' }, /OPENSEARCH_CA_FILE/],
    [{ INDEX_PREFIX: 'shop', LABEL_ALIAS_PATTERN: 'shop.{label}' }, /would give labels the names/],
  ])('are refused for OpenSearch too: %j', async (settings: Record<string, string>, message) => {
    await expect(makeOpensearchIndex(config(settings), ownership)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(message) as unknown,
    });
  });

  it('are rejected if a file is not a certificate', async () => {
    const path = join(directory, 'ca.pem');
    await writeFile(path, 'not a certificate');
    await expect(
      makeElasticsearchIndex(config({ ELASTICSEARCH_CA_FILE: path }), ownership),
    ).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('ELASTICSEARCH_CA_FILE') as unknown,
    });
  });
});
