import { Client, type ClientOptions } from '@opensearch-project/opensearch';
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
export interface OpensearchConnection {
  readonly nodes: readonly string[];
  readonly basicAuth?: BasicAuth;
  /** The certificate of the authority that signed the servers' certificates, in PEM form. */
  readonly ca?: string;
  /** Signs requests for Amazon OpenSearch in this region. */
  readonly aws?: { readonly region: string };
}

export class OpensearchClient implements ClusterClient {
  readonly product = 'OpenSearch';
  private readonly client: Client;

  private constructor(options: ClientOptions) {
    this.client = new Client(options);
  }

  static async connect(connection: OpensearchConnection): Promise<OpensearchClient> {
    return new OpensearchClient(await clientOptions(connection));
  }

  async request<Answer>(request: ClusterRequest): Promise<Answer> {
    const call = this.client.transport.request(requestParams(request), { requestTimeout: request.timeoutMs });
    // The library repeats a request that times out, so `requestTimeout` does not limit the whole call.
    const limit = limitOf(request);
    const abort = () => void call.abort();
    limit.addEventListener('abort', abort);
    try {
      if (limit.aborted) abort();
      const answer: { body: unknown } = await call;
      return answer.body as Answer;
    } catch (error) {
      throw faultOf(error);
    } finally {
      limit.removeEventListener('abort', abort);
    }
  }

  async load(
    alias: string,
    documents: AsyncIterable<BulkDocument>,
    onRejected: (rejection: BulkRejection) => void,
  ): Promise<void> {
    const bulk = (options: object) =>
      this.client.helpers.bulk(options as never, { requestTimeout: BULK_TIMEOUT_MS });
    await bulkLoad(bulk, alias, documents, onRejected);
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}

export async function clientOptions(connection: OpensearchConnection): Promise<ClientOptions> {
  const { nodes, basicAuth, ca, aws } = connection;
  return {
    nodes: [...nodes],
    ...(basicAuth === undefined ? {} : { auth: basicAuth }),
    ...(ca === undefined ? {} : { ssl: { ca } }),
    ...(aws === undefined ? {} : await awsSigner(aws)),
    maxRetries: OTHER_NODES,
    // Otherwise the library refuses mappings with an attribute that is called "__proto__".
    disablePrototypePoisoningProtection: true,
  };
}

/** Signs with credentials from the environment, or else from wherever the AWS SDK, if installed, finds them. */
async function awsSigner({ region }: { region: string }) {
  const service = 'es';
  const { AwsSigv4Signer } = await import('@opensearch-project/opensearch/aws');
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (AWS_ACCESS_KEY_ID === undefined || AWS_SECRET_ACCESS_KEY === undefined) {
    return AwsSigv4Signer({ region, service });
  }
  const credentials = {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN,
  };
  return AwsSigv4Signer({ region, service, getCredentials: async () => credentials });
}
