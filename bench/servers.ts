/** Elasticsearch and OpenSearch for benchmarks: our index on them, and a bare client for comparison. */
import { readFileSync } from 'node:fs';
import { Client as ElasticsearchClient } from '@elastic/elasticsearch';
import { Client as OpensearchClient } from '@opensearch-project/opensearch';
import type * as Names from '../src/search/vector-index/cluster/indexes/index-names.ts';
import type { ClusterDialect } from '../src/search/vector-index/cluster/dialects/cluster-dialect.ts';
import type {
  ClusterClient,
  ClusterRequest,
} from '../src/search/vector-index/cluster/client/cluster-client.ts';
import type * as ClusterIndex from '../src/search/vector-index/cluster/cluster.vector-index.ts';
import type * as Elasticsearch from '../src/search/vector-index/cluster/client/elasticsearch-client.ts';
import type * as ElasticsearchDialect from '../src/search/vector-index/cluster/dialects/elasticsearch-dialect.ts';
import type * as Opensearch from '../src/search/vector-index/cluster/client/opensearch-client.ts';
import type * as OpensearchDialect from '../src/search/vector-index/cluster/dialects/opensearch-dialect.ts';
import type { VectorIndex } from '../src/search/vector-index/vector-index.port.ts';
import { built } from './vector-index.ts';

export type ServerKind = 'elasticsearch' | 'opensearch';

const PREFIX = 'lookalike-bench';
const INSTALLATION = '0'.repeat(32);
const M = 16;
const EF_CONSTRUCTION = 100;

export interface Document {
  readonly id: string;
  readonly source: object;
}

/** The operations of both bare clients. */
export interface BareClient {
  /** Loads documents with the client's bulk helper, as its manual shows. */
  bulk(index: string, documents: AsyncGenerator<Document>): Promise<void>;
  /** Resolves with the ids of the hits. */
  search(index: string, body: object): Promise<number[]>;
  request<Answer>(method: string, path: string, body?: object): Promise<Answer>;
}

export interface BenchServer {
  readonly index: VectorIndex;
  readonly bare: BareClient;
  readonly dialect: ClusterDialect;
  /** The name of one of our indexes on the server. */
  physical(name: string): string;
  /** Returns the bodies of the searches that our index has sent since the last call. */
  takeBodies(): object[];
  close(): Promise<void>;
}

export async function openServer(kind: ServerKind, recall: number): Promise<BenchServer> {
  const { ClusterVectorIndex } = await built<typeof ClusterIndex>(
    'search/vector-index/cluster/cluster.vector-index.js',
  );
  const { physicalName } = await built<typeof Names>('search/vector-index/cluster/indexes/index-names.js');
  const { client, dialect, bare, close } = await (kind === 'elasticsearch' ? elasticsearch() : opensearch());
  let bodies: object[] = [];
  const recording: ClusterClient = {
    product: client.product,
    request: <Answer>(request: ClusterRequest) => {
      if (request.path.endsWith('/_search') && request.body !== undefined) bodies.push(request.body);
      return client.request<Answer>(request);
    },
    load: (alias, documents, onRejected) => client.load(alias, documents, onRejected),
    close: () => client.close(),
  };
  const index = new ClusterVectorIndex({
    client: recording,
    dialect,
    layout: { prefix: PREFIX, labelIndexes: 0, shards: 1, replicas: 0, routeByLabel: false },
    ownership: { installation: INSTALLATION, proves: async () => false },
    recall,
    timeoutMs: 30_000,
  });
  await index.ping();
  return {
    index,
    bare,
    dialect,
    physical: (name) => physicalName(PREFIX, INSTALLATION, name),
    takeBodies: () => {
      const taken = bodies;
      bodies = [];
      return taken;
    },
    close: async () => {
      await index.close();
      await close();
    },
  };
}

async function elasticsearch() {
  const nodes = nodesOf('ELASTICSEARCH_NODE', 'http://127.0.0.1:9200');
  const ours = await built<typeof Elasticsearch>(
    'search/vector-index/cluster/client/elasticsearch-client.js',
  );
  const { elasticsearchDialect } = await built<typeof ElasticsearchDialect>(
    'search/vector-index/cluster/dialects/elasticsearch-dialect.js',
  );
  const client = new ElasticsearchClient({ nodes });
  const bare: BareClient = {
    bulk: async (index, datasource) => {
      await client.helpers.bulk<Document>({
        datasource,
        onDocument: ({ id, source }) => [{ index: { _index: index, _id: id } }, source],
        onDrop: refuse,
      });
    },
    search: async (index, body) => {
      const { hits } = await client.search({ index, ...body });
      return hits.hits.map(({ _id }) => Number(_id));
    },
    request: (method, path, body) => client.transport.request({ method, path, body }),
  };
  return {
    client: new ours.ElasticsearchClient({ nodes }),
    dialect: elasticsearchDialect({ indexType: 'int8_hnsw', m: M, efConstruction: EF_CONSTRUCTION }),
    bare,
    close: () => client.close(),
  };
}

async function opensearch() {
  const nodes = nodesOf('OPENSEARCH_NODE', 'http://127.0.0.1:9250');
  const ours = await built<typeof Opensearch>('search/vector-index/cluster/client/opensearch-client.js');
  const { opensearchDialect } = await built<typeof OpensearchDialect>(
    'search/vector-index/cluster/dialects/opensearch-dialect.js',
  );
  const client = new OpensearchClient({ nodes });
  const bare: BareClient = {
    bulk: async (index, datasource) => {
      await client.helpers.bulk<Document>({
        datasource: datasource,
        onDocument: ({ id, source }) => [{ index: { _index: index, _id: id } }, source],
        onDrop: refuse,
      });
    },
    search: async (index, body) => {
      const { body: answer } = await client.search({ index, body });
      return answer.hits.hits.map(({ _id }) => Number(_id));
    },
    request: async <Answer>(method: string, path: string, body?: object) => {
      const answer = await client.transport.request({ method, path, body });
      return answer.body as Answer;
    },
  };
  return {
    client: await ours.OpensearchClient.connect({ nodes }),
    dialect: opensearchDialect({ engine: 'lucene', m: M, efConstruction: EF_CONSTRUCTION }),
    bare,
    close: () => client.close(),
  };
}

function nodesOf(key: string, fallback: string): string[] {
  return (process.env[key] ?? fallback).split(',');
}

function refuse(dropped: unknown): void {
  throw new Error(`The server dropped a document: ${JSON.stringify(dropped)}`);
}

/** The megabytes that the index takes on the server's disk. */
export async function diskMB(bare: BareClient, index: string): Promise<number> {
  const { _all: all } = await bare.request<{ _all: { primaries: { store: { size_in_bytes: number } } } }>(
    'GET',
    `/${index}/_stats/store`,
  );
  return all.primaries.store.size_in_bytes / 1e6;
}

/** The resident megabytes of the server's process; undefined if it runs on another machine. */
export async function serverMB(bare: BareClient): Promise<number | undefined> {
  const kilobytes = /VmRSS:\s+(\d+)/.exec((await serverFile(bare, 'status')) ?? '')?.[1];
  return kilobytes === undefined ? undefined : (Number(kilobytes) * 1024) / 1e6;
}

/** The seconds of processor time that the server and this process have used; NaN if the server is on another machine. */
export async function cpuSeconds(bare: BareClient): Promise<number> {
  const { user, system } = process.cpuUsage();
  // Fields 14 and 15 are ticks of 10 ms. They are counted from the end of the name in brackets.
  const fields = (await serverFile(bare, 'stat'))?.split(') ')[1]?.split(' ') ?? [];
  return (user + system) / 1e6 + (Number(fields[11]) + Number(fields[12])) / 100;
}

async function serverFile(bare: BareClient, file: 'stat' | 'status'): Promise<string | undefined> {
  const { nodes } = await bare.request<{ nodes: Record<string, { process: { id: number } }> }>(
    'GET',
    '/_nodes/_local/process',
  );
  try {
    return readFileSync(`/proc/${Object.values(nodes)[0]?.process.id}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
