import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { isStorageFull, storageFull } from '../../common/index.ts';
import { UploadLimitsConfig } from '../../config/index.ts';
import { isObjectUrl, SourceDownloader } from '../../downloads/index.ts';
import { AnnotationUploads } from './annotation-uploads.ts';

/** The time limit for one attempt, as annotations may be very large. */
const TIMEOUT_MS = 5 * 60_000;

/** Downloads annotation files. */
@Injectable()
export class AnnotationDownloads {
  constructor(
    private readonly uploads: AnnotationUploads,
    private readonly downloader: SourceDownloader,
    private readonly limits: UploadLimitsConfig,
  ) {}

  /** Throws as `SourceDownloader.check` does for a URL that is refused before any request. */
  check(url: string): void {
    this.downloader.check(url);
  }

  /** Downloads to where uploads are kept. Resolves with the path of the file. Rejects as downloads do. */
  async save(url: string, signal: AbortSignal): Promise<string> {
    return this.uploads.keep((file) => this.download(url, file, signal));
  }

  /**
   * Downloads for this process alone: the file is to be removed, and is removed later if the process is killed. It has
   * the name that the URL gives it, which rows without an id are called after.
   */
  async saveForNow(
    url: string,
    signal: AbortSignal,
  ): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
    const folder = join(this.uploads.temporaryFolder, `${process.pid}-${randomUUID()}`);
    try {
      await mkdir(folder, { recursive: true });
      const path = join(folder, nameOf(url));
      await this.download(url, path, signal);
      return { path, remove: () => rm(folder, { recursive: true, force: true }) };
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw isStorageFull(error) ? storageFull(error) : error;
    }
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

function nameOf(url: string): string {
  const [path = ''] = isObjectUrl(url) ? [url] : url.split(/[?#]/);
  const name = path.slice(path.lastIndexOf('/') + 1).replaceAll(/[^\w.-]/g, '_');
  return /^\.*$/.test(name) ? 'annotations' : name.slice(-100);
}
