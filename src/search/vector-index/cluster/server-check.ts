import { messageOf } from '../../../common/index.ts';
import { searchServerRefused, searchUnavailable } from '../../search.errors.ts';
import { ClusterFault, UNTRUSTED_CERTIFICATE, type ClusterClient } from './client/cluster-client.ts';
import type { ClusterDialect } from './dialects/cluster-dialect.ts';

/** Makes sure that the server is the one that the dialect is for, before anything is asked of it. */
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
   * Asks the server once what it is; again where it did not answer. Resolves with its version.
   * Rejects with `SEARCH_SERVER_REFUSED` or `SEARCH_UNAVAILABLE`.
   */
  async assertSupported(): Promise<string> {
    this.passed ??= this.askWhatItIs();
    try {
      return await this.passed;
    } catch (error) {
      this.passed = undefined;
      throw error;
    }
  }

  private async askWhatItIs(): Promise<string> {
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
          'The server does not say that it is Elasticsearch: it is one from before 7.14, which is too old, or another product. ' +
            'Set VECTOR_INDEX to opensearch if it is that.',
        );
      }
      throw searchServerRefused(
        `${product} did not say which version it is: ${messageOf(error)}. Check its address and the credentials.`,
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
      // A server built without its root handler.
      if (!(error instanceof ClusterFault) || error.status !== 405) throw error;
      const { nodes } = await ask<{ nodes: Record<string, { version: string }> }>('/_nodes/_local');
      return { distribution: undefined, version: Object.values(nodes)[0]?.version ?? 'unknown' };
    }
  }
}
