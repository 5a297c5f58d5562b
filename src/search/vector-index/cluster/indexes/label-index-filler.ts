import type { ClusterClient, ClusterRequest } from '../client/cluster-client.ts';
import { ClusterFault } from '../client/cluster-fault.ts';
import type { ClusterDialect } from '../dialects/cluster-dialect.ts';
import { vectorOf, type VectorFields } from '../documents/vector-fields.ts';
import { shortDecimals } from '../documents/short-decimals.ts';
import { indexBody } from './index-body.ts';
import { labelIndexName, ownAlias } from './index-names.ts';
import type { IndexOptimiser } from './index-optimiser.ts';
import type { LabelIndexRecord, OwnIndex } from './index-record.ts';

interface Page {
  readonly _scroll_id: string;
  readonly hits: {
    readonly hits: readonly { _id: string; _source: object; fields: VectorFields }[];
  };
}

const TIMEOUT_MS = 30_000;
const PAGE = 500;
/** How long the server keeps its place between two pages. */
const PAUSE = '5m';
/** How often a label index is filled from the beginning because images have changed meanwhile. */
const FILLS = 3;

/** Creates the indexes of labels and copies entries into them. Rejects with a `ClusterFault`. */
export class LabelIndexFiller {
  private readonly client: ClusterClient;
  private readonly dialect: ClusterDialect;
  private readonly installation: string;
  private readonly optimiser: IndexOptimiser;

  constructor(
    client: ClusterClient,
    dialect: ClusterDialect,
    optimiser: IndexOptimiser,
    installation: string,
  ) {
    this.client = client;
    this.dialect = dialect;
    this.optimiser = optimiser;
    this.installation = installation;
  }

  /** Creates the index of a label, empty, unless it exists. */
  async create(index: OwnIndex, label: string, serverVersion: string): Promise<void> {
    const { record, attributes, base } = index;
    const labelRecord: LabelIndexRecord = {
      prefix: record.prefix,
      installation: this.installation,
      of: record.name,
      label,
    };
    const physical = labelIndexName(base, label);
    const body = indexBody({
      physical,
      record: labelRecord,
      dimension: record.dimension,
      shards: 1,
      attributes,
      dialect: this.dialect,
      serverVersion,
    });
    try {
      await this.call('PUT', `/${physical}`, body);
    } catch (error) {
      if (!(error instanceof ClusterFault && error.type === 'resource_already_exists_exception')) throw error;
    }
  }

  /**
   * Copies the entries of a label into its index, unless it has them all, and brings it into its fast form. `held` is
   * the number of entries that it has, `count` the one that it should have, which is counted if omitted. Entries
   * that are written meanwhile are left alone, since they are as new or newer.
   */
  async fill(
    index: OwnIndex,
    {
      label,
      count,
      held,
    }: { readonly label: string; readonly count: number | undefined; readonly held: number },
    serverVersion: string,
  ): Promise<void> {
    const physical = labelIndexName(index.base, label);
    let there = held;
    let expected = count ?? (await this.countOf(index.physical, label));
    if (there === expected) return;
    for (let fill = 1; there !== expected && fill <= FILLS; fill += 1) {
      if (there > expected || fill > 1) {
        await this.call('DELETE', `/${physical}`);
        await this.create(index, label, serverVersion);
      }
      await this.client.load(ownAlias(physical), this.entriesOf(index, label), (rejection) => {
        throw new ClusterFault('refused', rejection.reason, rejection.status, rejection.type);
      });
      await this.call('POST', `/${physical}/_refresh`);
      there = await this.countOf(physical);
      expected = await this.countOf(index.physical, label);
    }
    await this.optimiser.optimise(physical, serverVersion);
  }

  /** All entries of a label as they are at the beginning. */
  private async *entriesOf({ physical, storesVectors }: OwnIndex, label: string) {
    const scroll = { scroll: PAUSE };
    let page = await this.call<Page>(
      'POST',
      `/${physical}/_search`,
      {
        size: PAGE,
        sort: ['_doc'],
        _source: { excludes: ['embedding'] },
        ...this.dialect.vectorsOfHits(storesVectors),
        query: { term: { labels: label } },
      },
      scroll,
    );
    try {
      while (page.hits.hits.length > 0) {
        for (const { _id: id, _source, fields } of page.hits.hits) {
          const source = { ..._source, embedding: shortDecimals(vectorOf(fields)) };
          yield { id, source, unlessExists: true };
        }
        page = await this.call<Page>('POST', '/_search/scroll', { ...scroll, scroll_id: page._scroll_id });
      }
    } finally {
      await this.call('DELETE', '/_search/scroll', { scroll_id: page._scroll_id });
    }
  }

  private async countOf(physical: string, label?: string): Promise<number> {
    const { count } = await this.call<{ count: number }>(
      'POST',
      `/${physical}/_count`,
      label === undefined ? {} : { query: { term: { labels: label } } },
    );
    return count;
  }

  private call<Answer>(
    method: ClusterRequest['method'],
    path: string,
    body?: object,
    query?: ClusterRequest['query'],
  ): Promise<Answer> {
    return this.client.request<Answer>({ method, path, body, query, timeoutMs: TIMEOUT_MS });
  }
}
