export interface ClusterRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: object;
  /** The lines of a bulk request, instead of a body. */
  readonly lines?: readonly object[];
  /** The limit of the whole call, including retries. */
  readonly timeoutMs: number;
  /** Ends the call, instead of `timeoutMs`. Several calls can share one limit this way. */
  readonly signal?: AbortSignal;
}

/** A user name and password for basic authentication. */
export interface BasicAuth {
  readonly username: string;
  readonly password: string;
}

/** A document for the bulk helper. */
export interface BulkDocument {
  /** The alias to write to, instead of the one of the whole load. */
  readonly alias?: string;
  readonly id: string;
  readonly routing?: string;
  readonly source: object;
  /** Whether to leave a document alone that exists already. */
  readonly unlessExists?: boolean;
}

/** The server's reason for rejecting a document. */
export interface BulkRejection {
  readonly id: string;
  readonly status: number;
  readonly type: string;
  readonly reason: string;
}

/**
 * What the vector index needs from the client library of either engine.
 *
 * @example
 * const { count } = await client.request<{ count: number }>({
 *   method: 'POST',
 *   path: '/stamps/_count',
 *   timeoutMs: 4_500,
 * });
 */
export interface ClusterClient {
  /** `Elasticsearch` or `OpenSearch`, for messages. */
  readonly product: string;
  /** Rejects with a `ClusterFault`. */
  request<Answer>(request: ClusterRequest): Promise<Answer>;
  /**
   * Streams documents to an alias through the library's bulk helper. Documents for which the server was too busy
   * are sent again. Rejects with a `ClusterFault` if a whole request fails.
   */
  load(
    alias: string,
    documents: AsyncIterable<BulkDocument>,
    onRejected: (rejection: BulkRejection) => void,
  ): Promise<void>;
  close(): Promise<void>;
}

/** How many other nodes a request is sent to, one after the other, if a node cannot be reached. */
export const OTHER_NODES = 3;
export const BULK_TIMEOUT_MS = 120_000;

/** The request in the form that both client libraries accept. */
export function requestParams({ method, path, query, body, lines }: ClusterRequest) {
  return { method, path, querystring: { ...query }, body, bulkBody: lines && [...lines] };
}

/** The signal that ends the call: the caller's, or else one for the request's timeout. */
export function limitOf({ signal, timeoutMs }: ClusterRequest): AbortSignal {
  return signal ?? AbortSignal.timeout(timeoutMs);
}
