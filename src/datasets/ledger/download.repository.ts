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
    const rows = await this.db
      .selectFrom('downloads')
      .select((eb) => ['host', 'sha256', eb.fn.count<number>('url').distinct().as('urls')])
      .where('dataset_id', '=', datasetId)
      .where('state', '=', 'SUCCEEDED')
      .where('sha256', 'is not', null)
      .groupBy(['host', 'sha256'])
      .having((eb) => eb.fn.count('url').distinct(), '>=', atLeast)
      .execute();
    return rows.flatMap(({ host, sha256, urls }) => (sha256 === null ? [] : [{ host, sha256, urls }]));
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
    const query = inPage(this.select(datasetId, filter).selectAll(), 'id', page);
    return (await query.execute()).map(toDownloadRow);
  }

  async count(datasetId: number, filter: LedgerFilter): Promise<number> {
    const { urls } = await this.select(datasetId, filter)
      .select((eb) => eb.fn.countAll<number>().as('urls'))
      .executeTakeFirstOrThrow();
    return urls;
  }

  /** The outcomes of the URLs of a dataset, grouped by host and reason, most frequent first. */
  async countByOutcome(datasetId: number): Promise<DownloadCount[]> {
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
   * External ids of images that the dataset lacks and that have failed downloads, in ascending order,
   * starting after `after`.
   */
  async listMissingImages(
    datasetId: number,
    codes: readonly string[] | undefined,
    page: { readonly after: string; readonly limit: number },
  ): Promise<string[]> {
    const rows = await this.select(datasetId, { state: 'FAILED', codes })
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
    const { images } = await this.select(datasetId, { state: 'FAILED', codes })
      .select((eb) => eb.fn.count<number>('external_id').distinct().as('images'))
      .where('external_id', 'not in', (eb) =>
        eb.selectFrom('images').select('external_id').where('dataset_id', '=', datasetId),
      )
      .executeTakeFirstOrThrow();
    return images;
  }

  async deleteAll(datasetId: number, transaction: CatalogueTransaction): Promise<void> {
    await transaction.deleteFrom('downloads').where('dataset_id', '=', datasetId).execute();
  }

  private select(datasetId: number, { state, codes }: LedgerFilter) {
    let query = this.db.selectFrom('downloads').where('downloads.dataset_id', '=', datasetId);
    if (state !== undefined) query = query.where('state', '=', state);
    if (codes !== undefined) query = query.where('code', 'in', codes);
    return query;
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
