import { Injectable } from '@nestjs/common';
import { AppError, restoreError, storageFull } from '../../common/index.ts';
import { Downloader, type Downloaded } from '../../downloads/index.ts';
import type { JobRun } from '../../jobs/index.ts';
import { ImageStore } from '../files/image-store.port.ts';
import type { SourceImage } from '../sources/dataset-source.port.ts';
import { ByteBudget } from './byte-budget.ts';
import { DownloadRecorder } from './download-recorder.ts';
import { DownloadRepository } from './download.repository.ts';

/** Downloaded bytes waiting to be decoded and stored; above this limit no further download starts. */
const MAX_HELD_BYTES = 256 * 1024 * 1024;

/** Downloads the images of imports, and records in the ledger what became of each URL. */
@Injectable()
export class RecordedDownloader {
  private readonly held = new ByteBudget(MAX_HELD_BYTES);
  private readonly recorders = new WeakMap<JobRun<unknown>, DownloadRecorder>();

  constructor(
    private readonly downloader: Downloader,
    private readonly ledger: DownloadRepository,
    private readonly store: ImageStore,
  ) {}

  /** The recorder of one run of an import, which has to be flushed before the run ends. */
  recorderOf(run: JobRun<unknown>): DownloadRecorder {
    let recorder = this.recorders.get(run);
    if (recorder === undefined) {
      recorder = new DownloadRecorder(this.ledger, run);
      this.recorders.set(run, recorder);
    }
    return recorder;
  }

  /**
   * Downloads a URL, passes the bytes to `accept`, and records success or failure of both. Bytes that
   * are still stored from an earlier download are not downloaded again; a URL that has already failed
   * in this job, before an interruption, fails again in the same way without a request.
   *
   * Rejects with the `AppError` of the download or of `accept`, or with the signal's reason.
   *
   * @example
   * const image = await downloads.fetch(run, sourceImage, url, (bytes) => checkAndStore(bytes));
   */
  async fetch<Accepted extends { readonly sha256: string }>(
    run: JobRun<unknown>,
    image: SourceImage,
    url: string,
    accept: (bytes: Buffer) => Promise<Accepted>,
  ): Promise<Accepted> {
    const recorder = this.recorderOf(run);
    const earlier = recorder.findEarlier(image, url);
    if (earlier?.sha256 != null && earlier.state === 'SUCCEEDED' && (await this.store.has(earlier.sha256))) {
      return accept(await this.store.read(earlier.sha256));
    }
    if (earlier?.state === 'FAILED' && earlier.jobId === run.jobId) throw failureOf(earlier);

    await this.held.waitForRoom(run.signal);
    const entry = recorder.begin(image, url);
    let response: Downloaded | undefined;
    try {
      const downloaded = await this.downloader.download(url, { signal: run.signal });
      response = downloaded;
      const accepted = await this.held.hold(downloaded.bytes.length, () => accept(downloaded.bytes));
      entry.succeeded(downloaded, accepted.sha256);
      return accepted;
    } catch (error) {
      if (error instanceof AppError && !storageFull.is(error)) entry.failed(error, response);
      throw error;
    } finally {
      entry.end();
    }
  }
}

function failureOf({
  url,
  code,
  message,
}: {
  url: string;
  code: string | null;
  message: string | null;
}): Error {
  if (code === null || message === null) return new Error(`The ledger has no reason why ${url} failed`);
  return restoreError({ code, message });
}
