import {
  ClusterFault,
  deepest,
  faultOf,
  isForNow,
  type BulkDocument,
  type BulkRejection,
} from './cluster-client.ts';

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

/** The bulk helper of either client. */
export type BulkHelper = (options: BulkHelperOptions) => PromiseLike<unknown> & { abort(): unknown };

/** Times that documents are sent again which the server was too busy for, and the pause before each. */
const RETRIES = 5;
const PAUSE_MS = 1_000;

/**
 * Runs the bulk helper over a stream. Rejects with a `ClusterFault`, or with what the stream itself
 * rejects with. A server that stays too busy (or has no disk left) is unavailable, so that whoever
 * makes the stream can wait and go on.
 */
export async function bulkLoad(
  bulk: BulkHelper,
  alias: string,
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
    onDocument: ({ id, routing, source }) => [{ index: { _index: alias, _id: id, routing } }, source],
    onDrop: ({ status, error, operation }) => {
      const { type, reason } = deepest({ error });
      // What is still too busy after several tries comes without a reason; a shard may have lost its node.
      if (isForNow({ status, type }) || status >= 500) {
        fault ??= new ClusterFault(
          'unavailable',
          reason || 'it takes no more documents for now',
          status,
          type,
        );
        helper.abort();
      } else if (type === 'index_not_found_exception') {
        fault ??= new ClusterFault('refused', reason, status, type);
        helper.abort();
      } else {
        const { index } = operation as { index: { _id: string } };
        onRejected({ id: index._id, status, type, reason });
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
