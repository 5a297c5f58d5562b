import { messageOf } from '../../../../common/index.ts';
import { searchServerRefused, searchUnavailable } from '../../../search.errors.ts';
import type { ClusterClient } from './cluster-client.ts';
import { ClusterFault, UNTRUSTED_CERTIFICATE } from './cluster-fault.ts';
import type { ClusterDialect } from '../dialects/cluster-dialect.ts';

/** Verifies that the server is of the product and version that the dialect is for. */
export class ServerCheck {
  private readonly client: ClusterClient;
  private readonly dialect: ClusterDialect;
  private readonly timeoutMs: number;
  private passed: Promise<string> | undefined;

  constructor(client: ClusterClient, dialect: ClusterDialect, timeoutMs: number) {
    this.client = client;
    this.dialect = dialect;
    this.timeoutMs = timeoutMs;
  }

  /**
   * Resolves with the version of the server. The server is asked once, and again only after a failure. Rejects with
   * `SEARCH_SERVER_REFUSED` or `SEARCH_UNAVAILABLE`.
   */
  async assertSupported(): Promise<string> {
    this.passed ??= this.identify();
    try {
      return await this.passed;
    } catch (error) {
      this.passed = undefined;
      throw error;
    }
  }

  private async identify(): Promise<string> {
    const { product } = this.client;
    try {
      const server = await this.version();
      this.dialect.assertSupported(server);
      return server.version;
    } catch (error) {
      if (!(error instanceof ClusterFault)) throw error;
      if (error.kind === 'unavailable') throw searchUnavailable(`${product}: ${error.message}`, error);
      if (error.type === UNTRUSTED_CERTIFICATE) {
        throw searchServerRefused(
          `The certificate of ${product} is not accepted: ${error.message}. ` +
            `Set ${product.toUpperCase()}_CA_FILE to the PEM file of the authority that signed it.`,
        );
      }
      if (error.type === 'ProductNotSupportedError') {
        throw searchServerRefused(
          'The server does not identify itself as Elasticsearch: it is a version before 7.14, which is too old, or another product. ' +
            'If it is OpenSearch, set VECTOR_INDEX to opensearch.',
        );
      }
      throw searchServerRefused(
        `${product} did not report its version: ${messageOf(error)}. Check its address and the credentials.`,
      );
    }
  }

  private async version(): Promise<{ distribution: string | undefined; version: string }> {
    interface Root {
      version?: { number?: string; distribution?: string };
    }
    const ask = <Answer>(path: string) =>
      this.client.request<Answer>({ method: 'GET', path, timeoutMs: this.timeoutMs });
    try {
      const { version } = await ask<Root>('/');
      return { distribution: version?.distribution, version: version?.number ?? 'unknown' };
    } catch (error) {
      // The server was built without its root handler.
      if (!(error instanceof ClusterFault) || error.status !== 405) throw error;
      const { nodes } = await ask<{ nodes: Record<string, { version: string }> }>('/_nodes/_local');
      return { distribution: undefined, version: Object.values(nodes)[0]?.version ?? 'unknown' };
    }
  }
}
