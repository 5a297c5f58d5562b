import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../../config/index.ts';
import { ClusterConfig } from './cluster.config.ts';

const load = (settings: Record<string, string>) =>
  loadConfig([ClusterConfig], settings).get(ClusterConfig) as ClusterConfig;

describe('ClusterConfig', () => {
  it('has a default for every setting', () => {
    expect(load({})).toMatchObject({
      ELASTICSEARCH_NODE: [],
      ELASTICSEARCH_INDEX_TYPE: 'int8_hnsw',
      OPENSEARCH_ENGINE: 'lucene',
      INDEX_PREFIX: 'lookalike',
      LABEL_ALIAS_PATTERN: '{prefix}.{dataset}.{label}',
      INDEX_SHARDS: 1,
      INDEX_REPLICAS: 'auto',
      INDEX_ROUTING: 'none',
      INDEX_RECALL: 0.99,
    });
    expect(load({}).INDEX_TIMEOUT_MS).toBeLessThan(5_000);
  });

  it.each([
    ['ELASTICSEARCH_NODE', 'https://a:9200, https://b:9200'],
    ['LABEL_ALIAS_PATTERN', '{label}'],
    ['LABEL_ALIAS_PATTERN', 'none'],
    ['LABEL_ALIAS_PATTERN', '{dataset}-{label}'],
    ['INDEX_REPLICAS', '2'],
    ['INDEX_RECALL', '0.999'],
  ])('takes %s=%s', (key, value) => {
    expect(() => load({ [key]: value })).not.toThrow();
  });

  it.each([
    ['ELASTICSEARCH_NODE', 'localhost:9200'],
    ['OPENSEARCH_NODE', 'ftp://localhost'],
    ['ELASTICSEARCH_INDEX_TYPE', 'flat'],
    ['OPENSEARCH_ENGINE', 'nmslib'],
    ['INDEX_PREFIX', 'Shop'],
    ['INDEX_PREFIX', '-shop'],
    ['LABEL_ALIAS_PATTERN', 'labels'],
    ['LABEL_ALIAS_PATTERN', '_{label}'],
    ['LABEL_ALIAS_PATTERN', '{label}{colour}'],
    ['LABEL_ALIAS_PATTERN', '{{label}}'],
    ['LABEL_ALIAS_PATTERN', 'a,{label}'],
    ['INDEX_SHARDS', '0'],
    ['INDEX_REPLICAS', 'many'],
    ['INDEX_ROUTING', 'dataset'],
    ['INDEX_RECALL', '1.1'],
    ['INDEX_RECALL', 'most'],
    ['INDEX_TIMEOUT_MS', '5000'],
  ])('refuses %s=%s, and names the key', (key, value) => {
    expect(() => load({ [key]: value })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', details: { keys: [key] } }),
    );
  });
});
