import type { AppError } from '../../common/index.ts';
import type { Downloaded } from '../../downloads/index.ts';
import type { JobRun } from '../../jobs/index.ts';
import { isFromUrl, type SourceImage } from '../sources/dataset-source.port.ts';
import type { DownloadRepository } from './download.repository.ts';
import type { DownloadOutcome, KnownDownload } from './downloads.ts';

/** Outcomes are written in batches of this size, or after this time if they come slowly. */
const BATCH = 64;
const MAX_WAIT_MS = 250;

/** A download in progress. */
export interface DownloadEntry {
  succeeded(response: Downloaded, sha256: string): void;
  /** `response` is what the server sent, if it sent something that turned out to be unusable. */
  failed(error: AppError, response: Downloaded | undefined): void;
  end(): void;
}

/**
 * Records what becomes of the URLs of one import, and knows what became of them before. It holds only
 * the earlier outcomes of the images that come next, so its memory does not grow with the catalogue.
 */
export class DownloadRecorder {
  private readonly earlier = new Map<string, Map<string, KnownDownload>>();
  /** The number of downloads in progress, by host. */
  private readonly inProgress = new Map<string, number>();
  private unwritten: DownloadOutcome[] = [];
  private lastWrite = performance.now();
  private writing: Promise<void> = Promise.resolve();
  private failure: { readonly error: unknown } | undefined;

  constructor(
    private readonly ledger: DownloadRepository,
    private readonly run: JobRun<unknown>,
  ) {
    run.watchHosts(() => [...this.inProgress.keys()]);
  }

  /** Loads the earlier outcomes of images that are about to be fetched. */
  async lookUp(images: readonly SourceImage[]): Promise<void> {
    const externalIds = images.filter(isFromUrl).map(({ externalId }) => externalId);
    for (const [externalId, urls] of await this.ledger.findByExternalIds(this.run.datasetId, externalIds)) {
      this.earlier.set(externalId, urls);
    }
  }

  /** Drops the earlier outcomes of an image. */
  forget({ externalId }: SourceImage): void {
    this.earlier.delete(externalId);
  }

  /** What became of a URL before; `undefined` unless `lookUp` has found it. */
  findEarlier({ externalId }: SourceImage, url: string): KnownDownload | undefined {
    return this.earlier.get(externalId)?.get(url);
  }

  begin({ externalId, labels }: SourceImage, url: string): DownloadEntry {
    const host = URL.parse(url)?.hostname ?? '';
    const startedAt = performance.now();
    const base = () => ({ externalId, url, host, labels, ms: performance.now() - startedAt });
    this.inProgress.set(host, (this.inProgress.get(host) ?? 0) + 1);
    return {
      succeeded: ({ status, attempts, bytes }, sha256) => {
        this.run.transferred(bytes.length);
        const facts = { httpStatus: status, attempts, bytes: bytes.length, sha256 };
        this.add({ ...base(), ...facts, state: 'SUCCEEDED', code: null, message: null });
      },
      failed: ({ code, message, details }, response) => {
        if (response !== undefined) this.run.transferred(response.bytes.length);
        this.add({
          ...base(),
          state: 'FAILED',
          code,
          message,
          httpStatus: response?.status ?? numberOrNull(details.status),
          attempts: response?.attempts ?? numberOrNull(details.attempts) ?? 1,
          bytes: response?.bytes.length ?? null,
          sha256: null,
        });
      },
      end: () => {
        const others = (this.inProgress.get(host) ?? 1) - 1;
        if (others === 0) this.inProgress.delete(host);
        else this.inProgress.set(host, others);
      },
    };
  }

  /** Writes the outcomes that are not written yet. Rejects if any outcome could not be written. */
  async flush(): Promise<void> {
    this.write();
    await this.writing;
    if (this.failure !== undefined) throw this.failure.error;
  }

  private add(outcome: DownloadOutcome): void {
    this.unwritten.push(outcome);
    if (this.unwritten.length >= BATCH || performance.now() - this.lastWrite > MAX_WAIT_MS) this.write();
  }

  private write(): void {
    const { datasetId, jobId } = this.run;
    const outcomes = this.unwritten;
    this.unwritten = [];
    this.lastWrite = performance.now();
    this.writing = this.writing.then(async () => {
      if (this.failure !== undefined) return;
      try {
        await this.ledger.record(datasetId, jobId, outcomes);
      } catch (error) {
        this.failure = { error };
      }
    });
  }
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
