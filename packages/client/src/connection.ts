import { HttpConnection, type HeadersOption, type RequestOptions } from './http-connection.ts';
import { SocketConnection } from './socket-connection.ts';
import type { ArgumentsOf, TypedDocument } from './typed-document.ts';

export interface ConnectionOptions {
  /**
   * The address of the GraphQL endpoint, such as `http://127.0.0.1:3000/graphql`. In a browser it may be relative to the
   * page, as in `/graphql`.
   */
  readonly url: string | URL;
  /** Header fields of HTTP requests, for instance for a proxy that authenticates. Browsers cannot send any with a WebSocket. */
  readonly headers?: HeadersOption;
  /** How often a query is repeated that fails for a temporary reason; 3 by default. Mutations are never repeated. */
  readonly retries?: number;
  /** In place of the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** In place of the global `WebSocket`; false to ask for the progress of jobs over HTTP instead. */
  readonly webSocket?: unknown;
}

/** Sends operations to one service. */
export class Connection {
  /** The address of the GraphQL endpoint. */
  readonly url: URL;
  private readonly http: HttpConnection;
  private readonly socket: SocketConnection;

  /** Throws a `TypeError` if the URL is invalid. */
  constructor({
    url,
    headers = {},
    retries = 3,
    fetch,
    webSocket = globalThis.WebSocket,
  }: ConnectionOptions) {
    this.url = new URL(url, (globalThis as { location?: { href: string } }).location?.href);
    this.http = new HttpConnection(this.url, headers, fetch ?? globalThis.fetch.bind(globalThis), retries);
    this.socket = new SocketConnection(this.url, webSocket === false ? undefined : webSocket);
  }

  /**
   * Sends a query or a mutation and returns its data. Variables may contain files, wherever the schema has `Upload`.
   * Throws a `LookalikeError` if the answer has errors, and the signal's reason if it is aborted.
   *
   * @example
   *     // Documents of GraphQL Code Generator (`documentMode: 'string'`) are typed.
   *     const { dataset } = await client.request(LabelsDocument, { name: 'shoes' });
   *
   *     const data = await client.request<{ datasets: { totalCount: number } }>('{ datasets { totalCount } }');
   */
  request<Result, Variables>(
    document: TypedDocument<Result, Variables>,
    ...args: ArgumentsOf<Variables, RequestOptions>
  ): Promise<Result>;
  request<Result = unknown>(
    document: string,
    variables?: Readonly<Record<string, unknown>>,
    options?: RequestOptions,
  ): Promise<Result>;
  async request(document: { toString(): string }, variables: unknown = {}, options: RequestOptions = {}) {
    return this.http.request(document.toString(), variables, options);
  }

  /**
   * The results of a subscription, over WebSocket, until it ends. Leave the loop or abort the signal to end it sooner.
   *
   * @example
   *     const progress = 'subscription { jobProgress(id: "Job:1") { done total } }';
   *     for await (const data of client.subscribe<{ jobProgress: { done: number } }>(progress)) show(data.jobProgress);
   */
  subscribe<Result, Variables>(
    document: TypedDocument<Result, Variables>,
    ...args: ArgumentsOf<Variables, RequestOptions>
  ): AsyncGenerator<Result, void, undefined>;
  subscribe<Result = unknown>(
    document: string,
    variables?: Readonly<Record<string, unknown>>,
    options?: RequestOptions,
  ): AsyncGenerator<Result, void, undefined>;
  subscribe(document: { toString(): string }, variables: unknown = {}, options: RequestOptions = {}) {
    return this.socket.subscribe(document.toString(), variables, options);
  }

  /** The complete address of a path that the service gave, such as `image.thumbnailUrl`. */
  addressOf(path: string): string {
    return new URL(path, this.url).href;
  }
}
