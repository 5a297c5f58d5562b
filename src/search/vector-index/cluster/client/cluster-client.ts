import type { AppError } from '../../../../common/index.ts';
import { searchServerRefused, searchUnavailable, vectorIndexNotFound } from '../../../search.errors.ts';

export interface ClusterRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: object;
  /** Lines of a bulk request, in place of a body. */
  readonly lines?: readonly object[];
  /** Of the whole call, retries included. */
  readonly timeoutMs: number;
  /** Gives the call up, in place of `timeoutMs`: for several calls that share one limit. */
  readonly signal?: AbortSignal;
}

/** A document for the bulk helper. */
export interface BulkDocument {
  readonly id: string;
  readonly routing?: string;
  readonly source: object;
}

/** What the server said of a document that it would not take. */
export interface BulkRejection {
  readonly id: string;
  readonly status: number;
  readonly type: string;
  readonly reason: string;
}

/** What the adapter needs of the client of either engine. */
export interface ClusterClient {
  /** `Elasticsearch` or `OpenSearch`, for messages. */
  readonly product: string;
  /** Rejects with a `ClusterFault`. */
  request<Answer>(request: ClusterRequest): Promise<Answer>;
  /**
   * Streams documents through the client's bulk helper, to an alias. Documents that the server was
   * too busy for are tried again. Rejects with a `ClusterFault` where a whole request fails.
   */
  load(
    alias: string,
    documents: AsyncIterable<BulkDocument>,
    onRejected: (rejection: BulkRejection) => void,
  ): Promise<void>;
  close(): Promise<void>;
}

/** Nodes that a request is sent to, one after the other, where one cannot be reached. */
export const OTHER_NODES = 3;
export const BULK_TIMEOUT_MS = 120_000;

/** A request as both clients take it. */
export function requestParams({ method, path, query, body, lines }: ClusterRequest) {
  return { method, path, querystring: { ...query }, body, bulkBody: lines && [...lines] };
}

/** Ends the call: the caller's limit where there is one, which may be of several calls. */
export function limitOf({ signal, timeoutMs }: ClusterRequest): AbortSignal {
  return signal ?? AbortSignal.timeout(timeoutMs);
}

/** Why a call to the cluster failed. */
export class ClusterFault extends Error {
  override readonly name = 'ClusterFault';

  constructor(
    readonly kind: 'unavailable' | 'refused',
    message: string,
    /** HTTP status; 0 where there was no answer. */
    readonly status: number,
    /** The engine's name of the error: `index_not_found_exception`. */
    readonly type: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }

  get isIndexMissing(): boolean {
    return this.type === 'index_not_found_exception';
  }

  /** As the port's callers know it. */
  toAppError(product: string, name: string): AppError {
    if (this.isIndexMissing) return vectorIndexNotFound(name);
    if (this.kind === 'unavailable') return searchUnavailable(`${product}: ${this.message}`, this);
    return searchServerRefused(`${product} refused a request on the index "${name}": ${this.message}.`);
  }
}

interface ClientError {
  readonly name: string;
  readonly message: string;
  readonly statusCode?: number | null;
  readonly meta?: { readonly body?: unknown; readonly statusCode?: number | null };
}

const NO_ANSWER = new Set([
  'ConnectionError',
  'TimeoutError',
  'NoLivingConnectionsError',
  'RequestAbortedError',
  'DeserializationError',
]);
/** No later try will find another certificate. */
const UNTRUSTED =
  /self-signed certificate(?: in certificate chain)?|unable to (?:verify|get) [a-z ]*certificate|certificate (?:has expired|is not yet valid)|does not match certificate's altnames/i;
export const UNTRUSTED_CERTIFICATE = 'untrusted_certificate';
/** Too busy, blocked for want of disk, a proxy without its server, a shard without its node. */
const BUSY = new Set([408, 429, 502, 503, 504]);

const BLOCKS = new Set(['cluster_block_exception', 'index_create_block_exception']);

/**
 * Whether an answer means that the server takes nothing for now. Blocks come with 403 too: OpenSearch
 * refuses new indexes in this way while its disk is full.
 */
export function isForNow({ status, type }: { readonly status: number; readonly type: string }): boolean {
  return BUSY.has(status) || BLOCKS.has(type);
}

/** Reads the errors of both clients, which share one shape. */
export function faultOf(thrown: unknown): ClusterFault {
  if (thrown instanceof ClusterFault) return thrown;
  const error = thrown as ClientError;
  const status = error.statusCode ?? error.meta?.statusCode ?? 0;
  if (NO_ANSWER.has(error.name)) {
    const distrust = UNTRUSTED.exec(error.message)?.[0].toLowerCase();
    if (distrust !== undefined)
      return new ClusterFault('refused', distrust, 0, UNTRUSTED_CERTIFICATE, thrown);
    return new ClusterFault('unavailable', silence(error), 0, error.name, thrown);
  }
  // No answer, or one that the client does not like.
  if (status < 400) return new ClusterFault('refused', error.message, 0, error.name, thrown);
  const { type, reason } = deepest(error.meta?.body);
  // The server's own sentence names the user.
  if (status === 401)
    return new ClusterFault('refused', 'it does not accept the credentials', status, type, thrown);
  const kind = isForNow({ status, type }) ? 'unavailable' : 'refused';
  return new ClusterFault(kind, reason || `it answered ${status}`, status, type, thrown);
}

/** Without addresses: these sentences reach clients. */
function silence({ name, message }: ClientError): string {
  if (name === 'TimeoutError' || name === 'RequestAbortedError') return 'it does not answer in time';
  const code = /\bE[A-Z]{4,}\b/.exec(message)?.[0];
  return code === undefined ? 'it cannot be reached' : `it cannot be reached (${code})`;
}

interface EngineError {
  readonly type?: string;
  readonly reason?: string;
  readonly root_cause?: readonly EngineError[];
  readonly caused_by?: EngineError;
}

/** The cause furthest down says most. */
export function deepest(body: unknown): { type: string; reason: string } {
  const error = (body as { error?: EngineError | string | null } | null | undefined)?.error ?? '';
  if (typeof error === 'string') return { type: '', reason: error };
  const root = error.root_cause?.[0] ?? error;
  let reason = root.reason ?? error.reason ?? '';
  for (let cause = error.caused_by ?? root.caused_by; cause !== undefined; cause = cause.caused_by) {
    reason = cause.reason ?? reason;
  }
  return { type: root.type ?? error.type ?? '', reason: reason.replace(/\.$/, '') };
}
