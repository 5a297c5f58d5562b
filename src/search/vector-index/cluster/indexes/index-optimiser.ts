import { untilAborted } from '../../../../common/index.ts';
import type { ClusterClient, ClusterRequest } from '../client/cluster-client.ts';
import type { ClusterDialect } from '../dialects/cluster-dialect.ts';
import type { ClusterLayout } from './index-record.ts';

const TIMEOUT_MS = 30_000;
/** Merging a large index takes long. The server continues even if nobody waits for it any more. */
const MERGE_TIMEOUT_MS = 6 * 3_600_000;
/** From this share of deleted entries on, a search is noticeably slower, so the segments are merged. */
const MERGED_FROM_DELETED = 0.2;

/** Brings an index into its fast form. Rejects with a `ClusterFault`. */
export class IndexOptimiser {
  private readonly client: ClusterClient;
  private readonly dialect: ClusterDialect;
  private readonly layout: ClusterLayout;

  constructor(client: ClusterClient, dialect: ClusterDialect, layout: ClusterLayout) {
    this.client = client;
    this.dialect = dialect;
    this.layout = layout;
  }

  /** Merges segments, because few large ones are searched fastest. Then it adds replicas and shows new entries. */
  async optimise(physical: string, serverVersion: string, signal?: AbortSignal): Promise<void> {
    const isLoading = await this.isLoading(physical);
    await this.updateField(physical, serverVersion);
    if (isLoading || (await this.shareDeleted(physical)) > MERGED_FROM_DELETED) {
      const merge = this.client.request({
        method: 'POST',
        path: `/${physical}/_forcemerge`,
        query: { max_num_segments: 1 },
        timeoutMs: MERGE_TIMEOUT_MS,
      });
      await untilAborted(merge, signal);
    }
    if (!isLoading) return;
    const { replicas } = this.layout;
    await this.call('PUT', `/${physical}/_settings`, {
      index: {
        refresh_interval: null,
        ...(replicas === undefined ? { auto_expand_replicas: '0-1' } : { number_of_replicas: replicas }),
      },
    });
  }

  /** Whether the index has been created or loaded but not optimised yet: it does not refresh by itself. */
  private async isLoading(physical: string): Promise<boolean> {
    const found = await this.call<Record<string, { settings: { index: { refresh_interval?: string } } }>>(
      'GET',
      `/${physical}/_settings`,
    );
    return found[physical]?.settings.index.refresh_interval === '-1';
  }

  /** Adds to an index of an older server or version whatever can still be added to its mapping. */
  private async updateField(physical: string, serverVersion: string): Promise<void> {
    interface Fields {
      mappings: { properties: { embedding?: object } };
    }
    const found = await this.call<Record<string, Fields>>('GET', `/${physical}/_mapping`);
    const field = found[physical]?.mappings.properties.embedding ?? {};
    const updated = this.dialect.updatedField(field, serverVersion);
    if (updated === undefined) return;
    await this.call('PUT', `/${physical}/_mapping`, { properties: { embedding: updated } });
  }

  private async shareDeleted(physical: string): Promise<number> {
    const { _all: all } = await this.call<{
      _all: { primaries: { docs: { count: number; deleted: number } } };
    }>('GET', `/${physical}/_stats/docs`);
    const { count, deleted } = all.primaries.docs;
    return deleted / Math.max(1, count + deleted);
  }

  private call<Answer>(method: ClusterRequest['method'], path: string, body?: object): Promise<Answer> {
    return this.client.request<Answer>({ method, path, body, timeoutMs: TIMEOUT_MS });
  }
}
