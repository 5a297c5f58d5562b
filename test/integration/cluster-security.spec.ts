import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/index.ts';
import { makeElasticsearchIndex } from '../../src/search/vector-index/cluster/make-cluster-index.ts';
import { ClusterConfig } from '../../src/search/vector-index/cluster/cluster.config.ts';
import type { VectorIndex } from '../../src/search/vector-index/vector-index.port.ts';
import { startElasticsearch, type SearchServer } from '../fixtures/search-servers.ts';

const PORT = 9230;

describe('an Elasticsearch with TLS and passwords', () => {
  let server: SearchServer;
  const indexes: VectorIndex[] = [];

  beforeAll(async () => {
    server = await startElasticsearch({ port: PORT, security: true });
  });
  afterEach(async () => {
    for (const index of indexes.splice(0)) await index.close();
  });
  afterAll(() => server?.stop());

  async function make(settings: Record<string, string | undefined> = {}): Promise<VectorIndex> {
    const all = {
      ELASTICSEARCH_NODE: server.url,
      ELASTICSEARCH_USERNAME: server.username,
      ELASTICSEARCH_PASSWORD: server.password,
      ELASTICSEARCH_CA_FILE: server.ca,
      ...settings,
    };
    const config = loadConfig([ClusterConfig], all).get(ClusterConfig) as ClusterConfig;
    const index = await makeElasticsearchIndex(config, {
      installation: '5'.repeat(32),
      proves: async () => false,
    });
    indexes.push(index);
    return index;
  }

  async function works(index: VectorIndex): Promise<void> {
    await index.open();
    await index.ping();
    await index.create({ name: 'safe', dimension: 2, model: 'm' });
    const vector = Float32Array.of(0.6, 0.8);
    await index.upsert('safe', [{ id: 1, vector, labels: [], externalId: 'a' }]);
    expect((await index.search('safe', { vector, k: 1 })).matches).toEqual([{ id: 1, score: 1 }]);
    await index.drop('safe');
  }

  it('accepts the right certificate authority and password', async () => {
    await works(await make());
  });

  it('can be reached by a Cloud ID', async () => {
    // A Cloud ID consists of a name and the parts of an address, here of https://127.0.0.1:9230.
    const parts = Buffer.from(`0.0.1:${PORT}$127$`).toString('base64');
    await works(await make({ ELASTICSEARCH_NODE: undefined, ELASTICSEARCH_CLOUD_ID: `test:${parts}` }));
  });

  it.each([
    [
      'a wrong password',
      { ELASTICSEARCH_PASSWORD: 'guess' },
      /does not accept the credentials\. Check its address and the credentials/,
    ],
    [
      'no password',
      { ELASTICSEARCH_USERNAME: undefined, ELASTICSEARCH_PASSWORD: undefined },
      /does not accept the credentials/,
    ],
    [
      'an API key nobody gave',
      {
        ELASTICSEARCH_USERNAME: undefined,
        ELASTICSEARCH_PASSWORD: undefined,
        ELASTICSEARCH_API_KEY: 'aWQ6a2V5',
      },
      /does not accept the credentials/,
    ],
    [
      'an unknown authority',
      { ELASTICSEARCH_CA_FILE: undefined },
      /certificate of Elasticsearch is not accepted: .*certificate.*\. Set ELASTICSEARCH_CA_FILE/,
    ],
  ])('refuses %s, and says so', async (_what, settings, message) => {
    const index = await make(settings);
    const refused = { code: 'SEARCH_SERVER_REFUSED', message: expect.stringMatching(message) as unknown };
    await expect(index.open()).rejects.toMatchObject(refused);
    await expect(index.count('safe')).rejects.toMatchObject(refused);
  });

  it('is unavailable without TLS', async () => {
    const index = await make({
      ELASTICSEARCH_NODE: server.url.replace('https', 'http'),
      ELASTICSEARCH_CA_FILE: undefined,
    });
    await expect(index.ping()).rejects.toMatchObject({ code: 'SEARCH_UNAVAILABLE' });
  });
});
