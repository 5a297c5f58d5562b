import { Injectable } from '@nestjs/common';
import { sql, type Kysely, type Selectable } from 'kysely';
import type { AppError } from '../../common/index.ts';
import { chunksOf, MAX_BOUND } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import type { DatasetsTables } from '../datasets.tables.ts';

/** Rows of so many columns that SQLite binds them in one statement. */
const ROWS = 50;

export type DownloadState = 'SUCCEEDED' | 'FAILED';

/** How the last download of a URL went. */
export interface DownloadOutcome {
  readonly externalId: string;
  readonly url: string;
  readonly host: string;
  /** Of the image, so that a retry needs no annotations. */
  readonly labels: readonly string[];
  readonly state: DownloadState;
  /** Why it failed. */
  readonly code: string | null;
  readonly message: string | null;
  readonly httpStatus: number | null;
  /** Requests made, redirects not counted. */
  readonly attempts: number;
  /** Decoded, of the body. */
  readonly bytes: number | null;
  readonly ms: number;
  /** Of the body. */
  readonly sha256: string | null;
}

export interface DownloadRow extends DownloadOutcome {
  readonly id: number;
  readonly triedAt: Date;
}

/** How many URLs ended how, at one host. */
export interface DownloadCount {
  readonly host: string;
  readonly state: DownloadState;
  readonly code: string | null;
  readonly urls: number;
  readonly bytes: number;
}

export interface LedgerFilter {
  readonly state?: DownloadState;
  readonly codes?: readonly string[];
}

/** Keeps account of every URL that an import has tried: one row each, its last try. */
@Injectable()
export class DownloadLedger {
  private readonly db: Kysely<DatasetsTables>;

  constructor(database: Database) {
    this.db = database.tables<DatasetsTables>();
  }

  async record(datasetId: number, jobId: number, outcomes: readonly DownloadOutcome[]): Promise<void> {
    if (outcomes.length === 0) return;
    const triedAt = Date.now();
    await this.db.transaction().execute(async (trx) => {
      for (const chunk of chunksOf(outcomes, ROWS)) {
        await trx
          .insertInto('downloads')
          .values(chunk.map((outcome) => toRow(datasetId, jobId, triedAt, outcome)))
          .onConflict((conflict) =>
            conflict.columns(['dataset_id', 'external_id', 'url']).doUpdateSet((eb) => ({
              host: eb.ref('excluded.host'),
              labels: eb.ref('excluded.labels'),
              state: eb.ref('excluded.state'),
              code: eb.ref('excluded.code'),
              message: eb.ref('excluded.message'),
              http_status: eb.ref('excluded.http_status'),
              attempts: eb.ref('excluded.attempts'),
              bytes: eb.ref('excluded.bytes'),
              ms: eb.ref('excluded.ms'),
              sha256: eb.ref('excluded.sha256'),
              job_id: eb.ref('excluded.job_id'),
              tried_at: eb.ref('excluded.tried_at'),
            })),
          )
          .execute();
      }
    });
  }

  /** What is known of the URLs of these images, by `externalId` and then `url`. */
  async known(
    datasetId: number,
    externalIds: readonly string[],
  ): Promise<Map<string, Map<string, KnownDownload>>> {
    const known = new Map<string, Map<string, KnownDownload>>();
    for (const chunk of chunksOf(externalIds, MAX_BOUND)) {
      const rows = await this.db
        .selectFrom('downloads')
        .selectAll()
        .where('dataset_id', '=', datasetId)
        .where('external_id', 'in', chunk)
        .execute();
      for (const row of rows) {
        const ofImage = known.get(row.external_id) ?? new Map<string, KnownDownload>();
        ofImage.set(row.url, { ...toDownloadRow(row), jobId: row.job_id });
        known.set(row.external_id, ofImage);
      }
    }
    return known;
  }

  /** Bytes that at least so many different URLs of one host have given. */
  async repeatedBytes(
    datasetId: number,
    atLeast: number,
  ): Promise<{ readonly host: string; readonly sha256: string; readonly urls: number }[]> {
    const rows = await this.db
      .selectFrom('downloads')
      .select((eb) => ['host', 'sha256', eb.fn.count<number>('url').distinct().as('urls')])
      .where('dataset_id', '=', datasetId)
      .where('state', '=', 'SUCCEEDED')
      .where('sha256', 'is not', null)
      .groupBy(['host', 'sha256'])
      .having((eb) => eb.fn.count('url').distinct(), '>=', atLeast)
      .execute();
    return rows.map(({ host, sha256, urls }) => ({ host, sha256: sha256 ?? '', urls }));
  }

  /** Takes back what was said of downloads of these bytes. */
  async markFailed(datasetId: number, host: string, sha256: string, error: AppError): Promise<void> {
    await this.db
      .updateTable('downloads')
      .set({ state: 'FAILED', code: error.code, message: error.message })
      .where('dataset_id', '=', datasetId)
      .where('host', '=', host)
      .where('sha256', '=', sha256)
      .execute();
  }

  /** A page of rows by rising id, after the one with the id `after`. */
  async list(
    datasetId: number,
    filter: LedgerFilter,
    page: { readonly after?: number; readonly limit: number },
  ): Promise<DownloadRow[]> {
    const rows = await this.selection(datasetId, filter)
      .selectAll()
      .where('id', '>', page.after ?? 0)
      .orderBy('id')
      .limit(page.limit)
      .execute();
    return rows.map(toDownloadRow);
  }

  async count(datasetId: number, filter: LedgerFilter): Promise<number> {
    const { urls } = await this.selection(datasetId, filter)
      .select((eb) => eb.fn.countAll<number>().as('urls'))
      .executeTakeFirstOrThrow();
    return urls;
  }

  /** How the URLs of a dataset ended, by reason and host, the most frequent first. */
  async report(datasetId: number): Promise<DownloadCount[]> {
    const rows = await this.db
      .selectFrom('downloads')
      .select((eb) => [
        'host',
        'state',
        'code',
        eb.fn.countAll<number>().as('urls'),
        sql<number>`coalesce(sum(bytes), 0)`.as('bytes'),
      ])
      .where('dataset_id', '=', datasetId)
      .groupBy(['host', 'state', 'code'])
      .orderBy('urls', 'desc')
      .orderBy('host')
      .execute();
    return rows.map((row) => ({ ...row, state: row.state as DownloadState }));
  }

  /**
   * External ids of images that have failed downloads and that the dataset does not have, in rising
   * order, after `after`.
   */
  async missingImages(
    datasetId: number,
    codes: readonly string[] | undefined,
    page: { readonly after: string; readonly limit: number },
  ): Promise<string[]> {
    const rows = await this.selection(datasetId, { state: 'FAILED', codes })
      .select('external_id')
      .distinct()
      .where('external_id', '>', page.after)
      .where('external_id', 'not in', (eb) =>
        eb.selectFrom('images').select('external_id').where('dataset_id', '=', datasetId),
      )
      .orderBy('external_id')
      .limit(page.limit)
      .execute();
    return rows.map(({ external_id }) => external_id);
  }

  async countMissingImages(datasetId: number, codes: readonly string[] | undefined): Promise<number> {
    const { images } = await this.selection(datasetId, { state: 'FAILED', codes })
      .select((eb) => eb.fn.count<number>('external_id').distinct().as('images'))
      .where('external_id', 'not in', (eb) =>
        eb.selectFrom('images').select('external_id').where('dataset_id', '=', datasetId),
      )
      .executeTakeFirstOrThrow();
    return images;
  }

  private selection(datasetId: number, { state, codes }: LedgerFilter) {
    let query = this.db.selectFrom('downloads').where('downloads.dataset_id', '=', datasetId);
    if (state !== undefined) query = query.where('state', '=', state);
    if (codes !== undefined) query = query.where('code', 'in', codes);
    return query;
  }
}

export interface KnownDownload extends DownloadRow {
  /** The job that tried it last. */
  readonly jobId: number;
}

function toRow(datasetId: number, jobId: number, triedAt: number, outcome: DownloadOutcome) {
  return {
    dataset_id: datasetId,
    external_id: outcome.externalId,
    url: outcome.url,
    host: outcome.host,
    labels: JSON.stringify(outcome.labels),
    state: outcome.state,
    code: outcome.code,
    message: outcome.message,
    http_status: outcome.httpStatus,
    attempts: outcome.attempts,
    bytes: outcome.bytes,
    ms: Math.round(outcome.ms),
    sha256: outcome.sha256,
    job_id: jobId,
    tried_at: triedAt,
  };
}

function toDownloadRow(row: Selectable<DatasetsTables['downloads']>): DownloadRow {
  return {
    id: row.id,
    externalId: row.external_id,
    url: row.url,
    host: row.host,
    labels: JSON.parse(row.labels) as string[],
    state: row.state as DownloadState,
    code: row.code,
    message: row.message,
    httpStatus: row.http_status,
    attempts: row.attempts,
    bytes: row.bytes,
    ms: row.ms,
    sha256: row.sha256,
    triedAt: new Date(row.tried_at),
  };
}
