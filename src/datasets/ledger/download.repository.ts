import { Injectable } from '@nestjs/common';
import { sql, type Kysely, type Selectable } from 'kysely';
import { chunksOf, MAX_BOUND, type AppError } from '../../common/index.ts';
import { Database, inPage, type RowPage } from '../../database/index.ts';
import type { CatalogueTransaction } from '../catalogue/transactions.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import type {
  DownloadCount,
  DownloadOutcome,
  DownloadRow,
  DownloadState,
  KnownDownload,
  LedgerFilter,
} from './downloads.ts';

/** The maximum number of rows that one statement writes; each binds many values. */
const ROWS = 50;

/** The ledger: every URL that imports have tried, with the outcome of the last attempt. */
@Injectable()
export class DownloadRepository {
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

  /** The recorded downloads of these images, by external id and then by URL. */
  async findByExternalIds(
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

  /** Digests of bodies that at least this many different URLs of one host have returned. */
  async listRepeatedBodies(
    datasetId: number,
    atLeast: number,
  ): Promise<{ readonly host: string; readonly sha256: string; readonly urls: number }[]> {
    // An index alone tells which bodies are repeated at all. S3 has no placeholders.
    const { rows } = await sql<{ host: string; sha256: string; urls: number }>`
      with repeated as materialized (
        select host, sha256 from downloads where dataset_id = ${datasetId} and sha256 is not null
        group by host, sha256 having count(*) >= ${atLeast}
      )
      select repeated.host, repeated.sha256, count(distinct url) as urls
      from repeated cross join downloads on downloads.dataset_id = ${datasetId}
        and downloads.host = repeated.host and downloads.sha256 = repeated.sha256
      where state = 'SUCCEEDED' and url not like 's3:%'
      group by repeated.host, repeated.sha256 having urls >= ${atLeast}`.execute(this.db);
    return rows;
  }

  /** Turns downloads of these bytes, recorded as successes, into failures. */
  async markFailed(datasetId: number, host: string, sha256: string, error: AppError): Promise<void> {
    await this.db
      .updateTable('downloads')
      .set({ state: 'FAILED', code: error.code, message: error.message })
      .where('dataset_id', '=', datasetId)
      .where('host', '=', host)
      .where('sha256', '=', sha256)
      .execute();
  }

  /** A page of rows in ascending order of id, starting after the id `after`. */
  async list(datasetId: number, filter: LedgerFilter, page: RowPage): Promise<DownloadRow[]> {
    const rows = this.db.selectFrom('downloads').selectAll();
    if (filter.state === undefined && filter.codes === undefined) {
      const all = await inPage(rows.where('dataset_id', '=', datasetId), 'id', page).execute();
      return all.map(toDownloadRow);
    }
    // An index has each outcome in the order of the ids.
    const outcomes = await this.outcomesOf(datasetId, filter);
    if (outcomes.length === 0) return [];
    const arms = outcomes.map(({ state, code }) => {
      const ofOutcome = this.db
        .selectFrom('downloads')
        .select('id')
        .where('dataset_id', '=', datasetId)
        .where('state', '=', state)
        .where('code', code === '' ? 'is' : '=', code === '' ? null : code);
      return sql`select * from (${inPage(ofOutcome, 'id', page)})`;
    });
    const found = await inPage(rows, 'id', { ...page, after: undefined, before: undefined })
      .where('id', 'in', sql<number>`(${sql.join(arms, sql` union all `)})`)
      .execute();
    return found.map(toDownloadRow);
  }

  async count(datasetId: number, filter: LedgerFilter): Promise<number> {
    return (await this.outcomesOf(datasetId, filter)).reduce((sum, { urls }) => sum + urls, 0);
  }

  /** The outcomes of the URLs of a dataset, grouped by host and reason, most frequent first. */
  async countByOutcome(datasetId: number): Promise<DownloadCount[]> {
    const rows = await this.db
      .selectFrom('download_counts')
      .select(['host', 'state', 'code', 'urls', 'bytes'])
      .where('dataset_id', '=', datasetId)
      .where('urls', '>', 0)
      .orderBy('urls', 'desc')
      .orderBy('host')
      .execute();
    return rows.map(({ state, code, ...row }) => ({
      ...row,
      state: state as DownloadState,
      code: code === '' ? null : code,
    }));
  }

  /**
   * External ids of images that the dataset lacks and that have failed downloads, in ascending order,
   * starting after `after`.
   */
  async listMissingImages(
    datasetId: number,
    codes: readonly string[] | undefined,
    page: { readonly after: string; readonly limit: number },
  ): Promise<string[]> {
    const rows = await this.selectMissing(datasetId, codes)
      .select('external_id')
      .distinct()
      .where('external_id', '>', page.after)
      .orderBy('external_id')
      .limit(page.limit)
      .execute();
    return rows.map(({ external_id }) => external_id);
  }

  async countMissingImages(datasetId: number, codes: readonly string[] | undefined): Promise<number> {
    const { images } = await this.selectMissing(datasetId, codes)
      .select((eb) => eb.fn.count<number>('external_id').distinct().as('images'))
      .executeTakeFirstOrThrow();
    return images;
  }

  /** Deletes some of the rows of a dataset. Resolves with how many; there may be more. */
  async deleteSome(datasetId: number, limit: number, transaction: CatalogueTransaction): Promise<number> {
    const { numDeletedRows } = await transaction
      .deleteFrom('downloads')
      .where('id', 'in', (eb) =>
        eb.selectFrom('downloads').select('id').where('dataset_id', '=', datasetId).limit(limit),
      )
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }

  async deleteAll(datasetId: number, transaction: CatalogueTransaction): Promise<void> {
    await transaction.deleteFrom('downloads').where('dataset_id', '=', datasetId).execute();
    await transaction.deleteFrom('download_counts').where('dataset_id', '=', datasetId).execute();
  }

  private async outcomesOf(
    datasetId: number,
    { state, codes }: LedgerFilter,
  ): Promise<{ readonly state: string; readonly code: string; readonly urls: number }[]> {
    let query = this.db
      .selectFrom('download_counts')
      .select((eb) => ['state', 'code', eb.fn.sum<number>('urls').as('urls')])
      .where('dataset_id', '=', datasetId)
      .where('urls', '>', 0)
      .groupBy(['state', 'code']);
    if (state !== undefined) query = query.where('state', '=', state);
    if (codes !== undefined) query = query.where('code', 'in', codes).where('code', '<>', '');
    return query.execute();
  }

  /** The failed downloads of images that the dataset lacks. */
  private selectMissing(datasetId: number, codes: readonly string[] | undefined) {
    const failed = this.db
      .selectFrom('downloads')
      .where('dataset_id', '=', datasetId)
      // Written out, since an index has these rows only.
      .where('state', '=', sql.lit('FAILED'))
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('images')
              .select('images.id')
              .where('images.dataset_id', '=', datasetId)
              .whereRef('images.external_id', '=', 'downloads.external_id'),
          ),
        ),
      );
    return codes === undefined ? failed : failed.where('code', 'in', codes);
  }
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
