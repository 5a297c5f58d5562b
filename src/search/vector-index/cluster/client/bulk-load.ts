import type { BulkDocument, BulkRejection } from './cluster-client.ts';
import { ClusterFault, innermostCause, faultOf, isTemporary, VERSION_CONFLICT } from './cluster-fault.ts';

interface BulkHelperOptions {
  readonly datasource: AsyncIterable<BulkDocument>;
  readonly onDocument: (document: BulkDocument) => [object, object];
  readonly onDrop: (dropped: DroppedDocument) => void;
  readonly retries: number;
  readonly wait: number;
  readonly require_alias: boolean;
}

interface DroppedDocument {
  readonly status: number;
  readonly error: unknown;
  readonly operation: unknown;
}

/** The bulk helper of either client library. */
export type BulkHelper = (options: BulkHelperOptions) => PromiseLike<unknown> & { abort(): unknown };

/** How often documents are sent again if the server is too busy, and how long to wait before each time. */
const RETRIES = 5;
const PAUSE_MS = 1_000;

/**
 * Runs the bulk helper on a stream. Rejects with a `ClusterFault`, or with the error of the stream itself. If the server
 * stays too busy or its disk is full, the fault is of kind `unavailable`, so that the caller can wait and resume.
 */
export async function bulkLoad(
  bulk: BulkHelper,
  wholeAlias: string,
  documents: AsyncIterable<BulkDocument>,
  onRejected: (rejection: BulkRejection) => void,
): Promise<void> {
  let fault: ClusterFault | undefined;
  let broken: { readonly reason: unknown } | undefined;
  async function* watched() {
    try {
      yield* documents;
    } catch (reason) {
      broken = { reason };
      throw reason;
    }
  }
  const helper = bulk({
    datasource: watched(),
    onDocument: ({ alias = wholeAlias, id, routing, source, unlessExists = false }) => {
      const target = { _index: alias, _id: id, routing };
      return [unlessExists ? { create: target } : { index: target }, source];
    },
    onDrop: ({ status, error, operation }) => {
      const { type, reason } = innermostCause({ error });
      // After the last retry there is no reason. A status of 500 can mean that a shard has lost its node.
      if (isTemporary({ status, type }) || status >= 500) {
        fault ??= new ClusterFault(
          'unavailable',
          reason || 'it does not accept documents at the moment',
          status,
          type,
        );
        helper.abort();
      } else if (type === 'index_not_found_exception') {
        fault ??= new ClusterFault('refused', reason, status, type);
        helper.abort();
        // A document that exists already was to be left alone.
      } else if (type !== VERSION_CONFLICT) {
        const [target] = Object.values(operation as Record<string, { _id: string }>);
        onRejected({ id: target!._id, status, type, reason });
      }
    },
    retries: RETRIES,
    wait: PAUSE_MS,
    require_alias: true,
  });
  try {
    await helper;
  } catch (error) {
    throw broken === undefined ? faultOf(error) : broken.reason;
  }
  if (fault !== undefined) throw fault;
}
