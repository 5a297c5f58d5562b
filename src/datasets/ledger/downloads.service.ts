import { Injectable } from '@nestjs/common';
import { csvLine, definedErrors, pagesAfter } from '../../common/index.ts';
import { JobKind, JobQueue, type Job } from '../../jobs/index.ts';
import type { PageRequest } from '../catalogue/datasets.ts';
import { DatasetsService } from '../catalogue/datasets.service.ts';
import { downloadReasonUnknown } from '../datasets.errors.ts';
import { DownloadRepository } from './download.repository.ts';
import type { DownloadCount, DownloadRow, LedgerFilter } from './downloads.ts';

const PAGE = 500;
const CSV_COLUMNS = [
  'external_id',
  'url',
  'host',
  'state',
  'reason',
  'http_status',
  'attempts',
  'bytes',
  'ms',
  'tried_at',
];

/** Reports what became of the URLs of a dataset, and retries those that failed. */
@Injectable()
export class DownloadsService {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly ledger: DownloadRepository,
    private readonly jobs: JobQueue,
  ) {}

  /**
   * Queues another import of the images that the dataset lacks because their downloads failed: all of
   * them, or those that failed for one of these reasons. Rejects with `DATASET_NOT_FOUND`, or with
   * `DOWNLOAD_REASON_UNKNOWN` for a reason that is neither recorded nor any error code.
   */
  async retryFailed(datasetId: number, reasons?: readonly string[]): Promise<Job> {
    const { name } = await this.datasets.get(datasetId);
    if (reasons !== undefined) await this.assertKnown(datasetId, reasons);
    const codes = reasons === undefined ? undefined : [...new Set(reasons)].sort();
    const input = { dataset: name, source: { kind: 'ledger', ...(codes && { codes }) } };
    return this.jobs.enqueue({ kind: JobKind.IMPORT_DATASET, datasetId, input });
  }

  /** The outcomes of the URLs, grouped by host and reason. Rejects with `DATASET_NOT_FOUND`. */
  async report(datasetId: number): Promise<DownloadCount[]> {
    await this.datasets.get(datasetId);
    return this.ledger.countByOutcome(datasetId);
  }

  /** Like `report`; undefined if there is no such dataset. */
  async findReport(datasetId: number): Promise<DownloadCount[] | undefined> {
    const dataset = await this.datasets.find(datasetId);
    return dataset && this.ledger.countByOutcome(datasetId);
  }

  async list(datasetId: number, filter: LedgerFilter, page: PageRequest): Promise<DownloadRow[]> {
    await this.datasets.get(datasetId);
    return this.ledger.list(datasetId, filter, page);
  }

  async count(datasetId: number, filter: LedgerFilter): Promise<number> {
    return this.ledger.count(datasetId, filter);
  }

  async *all(datasetId: number, filter: LedgerFilter = {}): AsyncGenerator<DownloadRow> {
    const pages = pagesAfter({
      start: undefined as number | undefined,
      list: (after) => this.list(datasetId, filter, { after, limit: PAGE }),
      keyOf: ({ id }) => id,
    });
    for await (const rows of pages) yield* rows;
  }

  /** The ledger as CSV (RFC 4180), line by line. The first line rejects with `DATASET_NOT_FOUND`. */
  async *csv(datasetId: number, filter: LedgerFilter = {}): AsyncGenerator<string> {
    await this.datasets.get(datasetId);
    yield csvLine(CSV_COLUMNS);
    for await (const row of this.all(datasetId, filter)) {
      const { externalId, url, host, state, code, httpStatus, attempts, bytes, ms, triedAt } = row;
      const cells = [
        externalId,
        url,
        host,
        state,
        code,
        httpStatus,
        attempts,
        bytes,
        ms,
        triedAt.toISOString(),
      ];
      yield csvLine(cells);
    }
  }

  /** A reason that no longer occurs is fine: the same retry may simply run twice. */
  private async assertKnown(datasetId: number, reasons: readonly string[]): Promise<void> {
    const counts = await this.ledger.countByOutcome(datasetId);
    const recorded = new Set(counts.flatMap(({ state, code }) => (state === 'FAILED' && code ? [code] : [])));
    const known = new Set([...recorded, ...definedErrors().map(({ code }) => code)]);
    const unknown = reasons.find((reason) => !known.has(reason));
    if (unknown !== undefined) throw downloadReasonUnknown(unknown, [...recorded].sort());
  }
}
