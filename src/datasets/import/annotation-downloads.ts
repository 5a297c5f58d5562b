import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { isStorageFull, storageFull } from '../../common/index.ts';
import { UploadLimitsConfig } from '../../config/index.ts';
import { Downloader } from '../../downloads/index.ts';
import { AnnotationUploads } from './annotation-uploads.ts';

/** The time limit for one attempt, as annotations may be very large. */
const TIMEOUT_MS = 5 * 60_000;

/** Downloads annotation files. */
@Injectable()
export class AnnotationDownloads {
  constructor(
    private readonly uploads: AnnotationUploads,
    private readonly downloader: Downloader,
    private readonly limits: UploadLimitsConfig,
  ) {}

  /** Throws as `Downloader.check` does for a URL that is refused before any request. */
  check(url: string): void {
    this.downloader.check(url);
  }

  /** Downloads to where uploads are kept. Resolves with the path of the file. Rejects as downloads do. */
  async save(url: string, signal: AbortSignal): Promise<string> {
    return this.uploads.keep((file) => this.download(url, file, signal));
  }

  /** Downloads for this process alone: the file is to be removed, and is removed later if the process is killed. */
  async saveForNow(url: string, signal: AbortSignal): Promise<string> {
    const { temporaryFolder } = this.uploads;
    await mkdir(temporaryFolder, { recursive: true });
    const file = join(temporaryFolder, `${process.pid}-${randomUUID()}`);
    try {
      await this.download(url, file, signal);
    } catch (error) {
      await rm(file, { force: true });
      throw isStorageFull(error) ? storageFull(error) : error;
    }
    return file;
  }

  private async download(url: string, file: string, signal: AbortSignal): Promise<void> {
    await this.downloader.downloadToFile(url, file, {
      signal,
      timeoutMs: TIMEOUT_MS,
      maxBytes: this.limits.MAX_ANNOTATIONS_BYTES,
      accept: 'application/json, text/csv, application/x-ndjson, */*;q=0.5',
    });
  }
}
