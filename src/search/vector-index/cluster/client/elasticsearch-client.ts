import { Client, type ClientOptions } from '@elastic/elasticsearch';
import { bulkLoad } from './bulk-load.ts';
import {
  BULK_TIMEOUT_MS,
  limitOf,
  OTHER_NODES,
  requestParams,
  type BasicAuth,
  type BulkDocument,
  type BulkRejection,
  type ClusterClient,
  type ClusterRequest,
} from './cluster-client.ts';
import { faultOf } from './cluster-fault.ts';

/** The address of the cluster and the credentials. */
export interface ElasticsearchConnection {
  readonly nodes: readonly string[];
  /** An Elastic Cloud deployment, instead of `nodes`. */
  readonly cloudId?: string;
  readonly apiKey?: string;
  readonly basicAuth?: BasicAuth;
  /** The certificate of the authority that signed the servers' certificates, in PEM form. */
  readonly ca?: string;
}

/** By default, the library waits for seconds between attempts and ignores the abort signal meanwhile. */
const retryBackoff = () => 0;

export class ElasticsearchClient implements ClusterClient {
  readonly product = 'Elasticsearch';
  private readonly client: Client;

  constructor(connection: ElasticsearchConnection) {
    this.client = new Client(clientOptions(connection));
  }

  async request<Answer>(request: ClusterRequest): Promise<Answer> {
    try {
      return await this.client.transport.request<Answer>(requestParams(request), {
        signal: limitOf(request),
        requestTimeout: request.timeoutMs,
        retryBackoff,
      });
    } catch (error) {
      throw faultOf(error);
    }
  }

  async load(
    alias: string,
    documents: AsyncIterable<BulkDocument>,
    onRejected: (rejection: BulkRejection) => void,
  ): Promise<void> {
    const bulk = (options: object) =>
      this.client.helpers.bulk(options as never, { requestTimeout: BULK_TIMEOUT_MS, retryBackoff });
    await bulkLoad(bulk, alias, documents, onRejected);
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}

export function clientOptions(connection: ElasticsearchConnection): ClientOptions {
  const { nodes, cloudId, apiKey, basicAuth, ca } = connection;
  return {
    ...(cloudId === undefined ? { nodes: [...nodes] } : { cloud: { id: cloudId } }),
    ...(apiKey !== undefined ? { auth: { apiKey } } : {}),
    ...(basicAuth === undefined ? {} : { auth: basicAuth }),
    ...(ca === undefined ? {} : { tls: { ca } }),
    maxRetries: OTHER_NODES,
  };
}
