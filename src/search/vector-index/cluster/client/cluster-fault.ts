import type { AppError } from '../../../../common/index.ts';
import { searchServerRefused, searchUnavailable, vectorIndexNotFound } from '../../../search.errors.ts';

/** The reason why a call to the cluster failed. */
export class ClusterFault extends Error {
  override readonly name = 'ClusterFault';

  constructor(
    readonly kind: 'unavailable' | 'refused',
    message: string,
    /** The HTTP status; 0 if there was no answer. */
    readonly status: number,
    /** The engine's name for the error, such as `index_not_found_exception`. */
    readonly type: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }

  get isIndexMissing(): boolean {
    return this.type === 'index_not_found_exception';
  }

  /** Translates the fault for callers of the port. */
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
/** Trying again does not help, because the certificate stays the same. */
const UNTRUSTED =
  /self-signed certificate(?: in certificate chain)?|unable to (?:verify|get) [a-z ]*certificate|certificate (?:has expired|is not yet valid)|does not match certificate's altnames/i;
/** The document has another version than the one to overwrite. */
export const VERSION_CONFLICT = 'version_conflict_engine_exception';
export const UNTRUSTED_CERTIFICATE = 'untrusted_certificate';
/** Too busy, blocked because the disk is full, a proxy without its server, a shard without its node. */
const BUSY = new Set([408, 429, 502, 503, 504]);

const BLOCKS = new Set(['cluster_block_exception', 'index_create_block_exception']);

/**
 * Whether an answer means that the server refuses for the time being. Blocks can have status 403: OpenSearch refuses
 * new indexes in this way while its disk is full.
 */
export function isTemporary({ status, type }: { readonly status: number; readonly type: string }): boolean {
  return BUSY.has(status) || BLOCKS.has(type);
}

/** Reads the errors of both client libraries, which have the same shape. */
export function faultOf(thrown: unknown): ClusterFault {
  if (thrown instanceof ClusterFault) return thrown;
  const error = thrown as ClientError;
  const status = error.statusCode ?? error.meta?.statusCode ?? 0;
  if (NO_ANSWER.has(error.name)) {
    const distrust = UNTRUSTED.exec(error.message)?.[0].toLowerCase();
    if (distrust !== undefined)
      return new ClusterFault('refused', distrust, 0, UNTRUSTED_CERTIFICATE, thrown);
    return new ClusterFault('unavailable', describeSilence(error), 0, error.name, thrown);
  }
  // There was no answer, or the library rejected it.
  if (status < 400) return new ClusterFault('refused', error.message, 0, error.name, thrown);
  const { type, reason } = innermostCause(error.meta?.body);
  // The server's own message contains the user name.
  if (status === 401)
    return new ClusterFault('refused', 'it does not accept the credentials', status, type, thrown);
  const kind = isTemporary({ status, type }) ? 'unavailable' : 'refused';
  return new ClusterFault(kind, reason || `it answered ${status}`, status, type, thrown);
}

/** Contains no addresses, because these sentences reach clients. */
function describeSilence({ name, message }: ClientError): string {
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

/** The innermost cause, which is the most specific one. */
export function innermostCause(body: unknown): { type: string; reason: string } {
  const error = (body as { error?: EngineError | string | null } | null | undefined)?.error ?? '';
  if (typeof error === 'string') return { type: '', reason: error };
  const root = error.root_cause?.[0] ?? error;
  let reason = root.reason ?? error.reason ?? '';
  for (let cause = error.caused_by ?? root.caused_by; cause !== undefined; cause = cause.caused_by) {
    reason = cause.reason ?? reason;
  }
  return { type: root.type ?? error.type ?? '', reason: reason.replace(/\.$/, '') };
}
