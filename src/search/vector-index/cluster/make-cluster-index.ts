import { X509Certificate } from 'node:crypto';
import type { LoggerService } from '@nestjs/common';
import { AppError, isSystemError, readRegularFile } from '../../../common/index.ts';
import { LOCAL_NODE, type ClusterConfig } from './cluster.config.ts';
import type { VectorIndex } from '../vector-index.port.ts';
import type { BasicAuth, ClusterClient } from './client/cluster-client.ts';
import type { ClusterDialect } from './dialects/cluster-dialect.ts';
import { ClusterVectorIndex } from './cluster.vector-index.ts';
import type { Ownership } from './indexes/index-record.ts';
import { configInvalid } from '../../../config/index.ts';

const CLOUD_ID = /^[^:]+:[A-Za-z0-9+/]+=*$/;

type Log = Pick<LoggerService, 'warn'>;

/** Rejects with `CONFIG_INVALID` if settings contradict each other or a file cannot be read. */
export async function makeElasticsearchIndex(
  config: ClusterConfig,
  ownership: Ownership,
  logger?: Log,
): Promise<VectorIndex> {
  const { ElasticsearchClient } = await import('./client/elasticsearch-client.ts');
  const { elasticsearchDialect } = await import('./dialects/elasticsearch-dialect.ts');
  const { ELASTICSEARCH_CLOUD_ID: cloudId, ELASTICSEARCH_API_KEY: apiKey } = config;
  const basicAuth = basicAuthOf(config, 'ELASTICSEARCH_USERNAME', 'ELASTICSEARCH_PASSWORD');
  if (cloudId !== undefined && config.ELASTICSEARCH_NODE.length > 0) {
    throw contradiction('ELASTICSEARCH_NODE', 'ELASTICSEARCH_CLOUD_ID');
  }
  if (apiKey !== undefined && basicAuth !== undefined) {
    throw contradiction('ELASTICSEARCH_API_KEY', 'ELASTICSEARCH_USERNAME');
  }
  assertLabelsDistinct(config);
  if (cloudId !== undefined && !CLOUD_ID.test(cloudId)) {
    throw invalid(
      'ELASTICSEARCH_CLOUD_ID',
      'it does not have the form name:letters that the page of the deployment shows',
    );
  }
  const client = new ElasticsearchClient({
    nodes: orLocalNode(config.ELASTICSEARCH_NODE),
    cloudId,
    apiKey,
    basicAuth,
    ca: await readCertificate('ELASTICSEARCH_CA_FILE', config.ELASTICSEARCH_CA_FILE),
  });
  const dialect = elasticsearchDialect({
    indexType: config.ELASTICSEARCH_INDEX_TYPE,
    m: config.INDEX_HNSW_M,
    efConstruction: config.INDEX_HNSW_EF_CONSTRUCTION,
  });
  return clusterIndex(config, client, dialect, ownership, logger);
}

/** Rejects with `CONFIG_INVALID` if settings contradict each other or a file cannot be read. */
export async function makeOpensearchIndex(
  config: ClusterConfig,
  ownership: Ownership,
  logger?: Log,
): Promise<VectorIndex> {
  const { OpensearchClient } = await import('./client/opensearch-client.ts');
  const { opensearchDialect } = await import('./dialects/opensearch-dialect.ts');
  const { OPENSEARCH_AWS_REGION: region } = config;
  const basicAuth = basicAuthOf(config, 'OPENSEARCH_USERNAME', 'OPENSEARCH_PASSWORD');
  if (region !== undefined && basicAuth !== undefined) {
    throw contradiction('OPENSEARCH_AWS_REGION', 'OPENSEARCH_USERNAME');
  }
  assertLabelsDistinct(config);
  const client = await OpensearchClient.connect({
    nodes: orLocalNode(config.OPENSEARCH_NODE),
    basicAuth,
    ca: await readCertificate('OPENSEARCH_CA_FILE', config.OPENSEARCH_CA_FILE),
    aws: region === undefined ? undefined : { region },
  });
  const dialect = opensearchDialect({
    engine: config.OPENSEARCH_ENGINE,
    m: config.INDEX_HNSW_M,
    efConstruction: config.INDEX_HNSW_EF_CONSTRUCTION,
  });
  return clusterIndex(config, client, dialect, ownership, logger);
}

function clusterIndex(
  config: ClusterConfig,
  client: ClusterClient,
  dialect: ClusterDialect,
  ownership: Ownership,
  logger: Log | undefined,
): VectorIndex {
  return new ClusterVectorIndex({
    client,
    dialect,
    layout: {
      prefix: config.INDEX_PREFIX,
      labelAliasPattern: config.LABEL_ALIAS_PATTERN === 'none' ? undefined : labelPatternOf(config),
      labelIndexes: config.LABEL_INDEXES ? config.LABEL_INDEXES_MOST : 0,
      shards: config.INDEX_SHARDS,
      replicas: config.INDEX_REPLICAS === 'auto' ? undefined : Number(config.INDEX_REPLICAS),
      routeByLabel: config.INDEX_ROUTING === 'label',
    },
    ownership,
    recall: config.INDEX_RECALL,
    timeoutMs: config.INDEX_TIMEOUT_MS,
    logger,
  });
}

function labelPatternOf({ INDEX_PREFIX: prefix, LABEL_ALIAS_PATTERN: pattern }: ClusterConfig): string {
  return pattern.replaceAll('{prefix}', prefix);
}

function orLocalNode(nodes: readonly string[]): readonly string[] {
  return nodes.length > 0 ? nodes : [LOCAL_NODE];
}

async function readCertificate(key: string, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = (await readRegularFile(path)).toString('utf8');
  } catch (error) {
    const reason = isSystemError(error, 'ENOENT') ? 'there is no such file' : 'it cannot be read';
    throw invalid(`${key}=${path}`, reason, key);
  }
  try {
    new X509Certificate(text);
  } catch {
    throw invalid(`${key}=${path}`, 'it does not contain a certificate in PEM form', key);
  }
  return text;
}

function invalid(setting: string, problem: string, key = setting): AppError {
  return configInvalid(`${setting}: ${problem}.`, [key]);
}

/** Undefined if neither setting is present. Throws if only one of them is. */
function basicAuthOf(
  config: ClusterConfig,
  usernameKey: 'ELASTICSEARCH_USERNAME' | 'OPENSEARCH_USERNAME',
  passwordKey: 'ELASTICSEARCH_PASSWORD' | 'OPENSEARCH_PASSWORD',
): BasicAuth | undefined {
  const username = config[usernameKey];
  const password = config[passwordKey];
  if (username === undefined && password === undefined) return undefined;
  if (username !== undefined && password !== undefined) return { username, password };
  throw configInvalid(`Set both ${usernameKey} and ${passwordKey}, or neither.`, [usernameKey, passwordKey]);
}

/** Throws if the alias of a label could be equal to that of a dataset or the name of an index. */
function assertLabelsDistinct(config: ClusterConfig): void {
  const prefix = config.INDEX_PREFIX;
  const pattern = labelPatternOf(config);
  const rest = pattern.slice(prefix.length + 1);
  const isLikeDataset = pattern.startsWith(`${prefix}.`) && !rest.includes('.');
  if (!isLikeDataset && !pattern.startsWith(`${prefix}-`)) return;
  throw configInvalid(
    `LABEL_ALIAS_PATTERN=${pattern} would give labels the names of datasets or indexes, which begin with "${prefix}." and "${prefix}-". ` +
      `Begin it differently, or with "${prefix}.{dataset}.".`,
    ['LABEL_ALIAS_PATTERN', 'INDEX_PREFIX'],
  );
}

function contradiction(one: string, other: string): AppError {
  return configInvalid(`Set ${one} or ${other}, not both.`, [one, other]);
}
