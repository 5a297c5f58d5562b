import { Injectable } from '@nestjs/common';
import { JobKind, JobQueue, type Job } from '../../jobs/index.ts';
import { DatasetsService } from '../catalogue/datasets.service.ts';
import {
  DownloadLedger,
  type DownloadCount,
  type DownloadRow,
  type LedgerFilter,
} from './download-ledger.ts';

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

/** What became of the URLs of a dataset, and another try for those that failed. */
@Injectable()
export class DownloadsService {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly ledger: DownloadLedger,
    private readonly jobs: JobQueue,
  ) {}

  /**
   * Asks for another try of the images that the dataset lacks because their downloads failed: all of
   * them, or those that failed for one of these reasons. Rejects with `DATASET_NOT_FOUND`.
   */
  async retryFailed(datasetId: number, reasons?: readonly string[]): Promise<Job> {
    const { name } = await this.datasets.get(datasetId);
    const codes = reasons === undefined ? undefined : [...new Set(reasons)].sort();
    const input = { dataset: name, source: { kind: 'ledger', ...(codes && { codes }) } };
    return this.jobs.enqueue({ kind: JobKind.IMPORT_DATASET, datasetId, input });
  }

  /** How the URLs ended, by reason and host. Rejects with `DATASET_NOT_FOUND`. */
  async report(datasetId: number): Promise<DownloadCount[]> {
    await this.datasets.get(datasetId);
    return this.ledger.report(datasetId);
  }

  async list(
    datasetId: number,
    filter: LedgerFilter,
    page: { readonly after?: number; readonly limit: number },
  ): Promise<DownloadRow[]> {
    await this.datasets.get(datasetId);
    return this.ledger.list(datasetId, filter, page);
  }

  async count(datasetId: number, filter: LedgerFilter): Promise<number> {
    return this.ledger.count(datasetId, filter);
  }

  async *all(datasetId: number, filter: LedgerFilter = {}): AsyncGenerator<DownloadRow> {
    for (let after = 0; ;) {
      const rows = await this.list(datasetId, filter, { after, limit: PAGE });
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = last.id;
    }
  }

  /** The ledger as CSV (RFC 4180), line by line. Rejects with `DATASET_NOT_FOUND` at the first. */
  async *csv(datasetId: number, filter: LedgerFilter = {}): AsyncGenerator<string> {
    await this.datasets.get(datasetId);
    yield `${CSV_COLUMNS.join(',')}\r\n`;
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
      yield `${cells.map(csvCell).join(',')}\r\n`;
    }
  }
}

/** Quoted where it must be; a leading sign is made text, which spreadsheets would take for a formula. */
function csvCell(value: string | number | null): string {
  if (value === null) return '';
  const text = typeof value === 'string' && /^[=+\-@\t]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
