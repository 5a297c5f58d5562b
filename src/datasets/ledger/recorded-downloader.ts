import { Injectable } from '@nestjs/common';
import { AppError, restoreError, storageFull } from '../../common/index.ts';
import { SourceDownloader, type Downloaded, type Validators } from '../../downloads/index.ts';
import type { JobRun } from '../../jobs/index.ts';
import { imageFileDamaged, imageFileMissing } from '../datasets.errors.ts';
import { ImageStore } from '../files/image-store.port.ts';
import type { SourceImage } from '../sources/dataset-source.port.ts';
import { ByteBudget } from './byte-budget.ts';
import { DownloadRecorder } from './download-recorder.ts';
import { DownloadRepository } from './download.repository.ts';

/** Downloaded bytes waiting to be decoded and stored; above this limit no further download starts. */
const MAX_HELD_BYTES = 256 * 1024 * 1024;

/** A picture that was downloaded, and what its server said to ask later whether it has changed. */
export interface Fetched<Accepted> {
  readonly accepted: Accepted;
  /** Null if the server said nothing, or was not asked because the bytes were there. */
  readonly version: string | null;
}

/** Downloads the images of imports, and records in the ledger what became of each URL. */
@Injectable()
export class RecordedDownloader {
  private readonly held = new ByteBudget(MAX_HELD_BYTES);
  private readonly recorders = new WeakMap<JobRun<unknown>, DownloadRecorder>();

  constructor(
    private readonly downloader: SourceDownloader,
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
   * const { accepted } = await downloads.fetch(run, sourceImage, url, (bytes) => checkAndStore(bytes));
   */
  async fetch<Accepted extends { readonly sha256: string }>(
    run: JobRun<unknown>,
    image: SourceImage,
    url: string,
    accept: (bytes: Buffer) => Promise<Accepted>,
  ): Promise<Fetched<Accepted>> {
    const recorder = this.recorderOf(run);
    const earlier = recorder.findEarlier(image, url);
    const kept =
      earlier?.sha256 != null && earlier.state === 'SUCCEEDED'
        ? await this.readIntact(earlier.sha256)
        : undefined;
    if (kept !== undefined) return { accepted: await accept(kept), version: null };
    if (earlier?.state === 'FAILED' && earlier.jobId === run.jobId) throw failureOf(earlier);

    const { signal } = run;
    const fetched = await this.record(run, image, url, accept, () =>
      this.downloader.download(url, { signal }),
    );
    if (fetched === undefined) throw new Error('A download without a condition has come to nothing');
    return fetched;
  }

  /**
   * The same for a URL that has been downloaded before, without regard to what is stored. With a `version`, the server
   * is asked whether it has changed: if not, undefined.
   */
  async fetchAgain<Accepted extends { readonly sha256: string }>(
    run: JobRun<unknown>,
    image: SourceImage,
    url: string,
    version: string | null,
    accept: (bytes: Buffer) => Promise<Accepted>,
  ): Promise<Fetched<Accepted> | undefined> {
    const { signal } = run;
    return this.record(run, image, url, accept, () =>
      version === null
        ? this.downloader.download(url, { signal })
        : this.downloader.downloadIfChanged(url, JSON.parse(version) as Validators, { signal }),
    );
  }

  private async record<Accepted extends { readonly sha256: string }>(
    run: JobRun<unknown>,
    image: SourceImage,
    url: string,
    accept: (bytes: Buffer) => Promise<Accepted>,
    download: () => Promise<Downloaded | undefined>,
  ): Promise<Fetched<Accepted> | undefined> {
    await this.held.waitForRoom(run.signal);
    const entry = this.recorderOf(run).begin(image, url);
    let response: Downloaded | undefined;
    try {
      const downloaded = await download();
      response = downloaded;
      if (downloaded === undefined) return undefined;
      const accepted = await this.held.hold(downloaded.bytes.length, () => accept(downloaded.bytes));
      entry.succeeded(downloaded, accepted.sha256);
      const { validators } = downloaded;
      return { accepted, version: validators && JSON.stringify(validators) };
    } catch (error) {
      if (error instanceof AppError && !storageFull.is(error)) entry.failed(error, response);
      throw error;
    } finally {
      entry.end();
    }
  }

  private async readIntact(sha256: string): Promise<Buffer | undefined> {
    try {
      return await this.store.read(sha256);
    } catch (error) {
      if (imageFileMissing.is(error) || imageFileDamaged.is(error)) return undefined;
      throw error;
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
