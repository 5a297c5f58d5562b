import { searchUnavailable, vectorIndexNotFound, vectorRejected } from '../../../search.errors.ts';
import { isTemporary, VERSION_CONFLICT } from '../client/cluster-fault.ts';
import type { ClusterSession } from '../cluster-session.ts';

const TIMEOUT_MS = 60_000;

interface BulkOutcome {
  readonly _id: string;
  readonly status: number;
  readonly error?: {
    readonly type: string;
    readonly reason: string;
    readonly caused_by?: { readonly reason: string };
  };
}

interface BulkAnswer {
  readonly items: readonly ({ readonly index: BulkOutcome } | { readonly delete: BulkOutcome })[];
}

/**
 * Sends the lines in one request. Searches see the changes once it resolves. Resolves with the ids of documents that
 * have another version than the one to overwrite.
 */
export async function sendBulk(
  session: ClusterSession,
  name: string,
  lines: readonly object[],
): Promise<string[]> {
  if (lines.length === 0) return [];
  const { client, admin } = session;
  const { items } = await session.attempt(name, () =>
    client.request<BulkAnswer>({
      method: 'POST',
      path: `/${admin.nameOf(name)}/_bulk`,
      query: { refresh: true, require_alias: true },
      lines,
      timeoutMs: TIMEOUT_MS,
    }),
  );
  const outdated: string[] = [];
  for (const item of items) {
    const { _id, status, error } = 'index' in item ? item.index : item.delete;
    if (error === undefined) continue;
    const reason = error.caused_by?.reason ?? error.reason;
    if (error.type === VERSION_CONFLICT) {
      outdated.push(_id);
      continue;
    }
    if (error.type === 'index_not_found_exception') {
      session.forget(name);
      throw vectorIndexNotFound(name);
    }
    if (isTemporary({ status, type: error.type }) || status >= 500) {
      throw searchUnavailable(`${client.product}: ${reason}`);
    }
    throw vectorRejected(name, reason);
  }
  return outdated;
}
