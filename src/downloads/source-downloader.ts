import type { Downloader, Downloaded, DownloadedFile, DownloadOptions } from './downloader.ts';
import type { Validators } from './exchange/validators.ts';
import { isObjectUrl } from './objects/object-name.ts';
import type { S3Objects } from './objects/s3-objects.ts';

/** Fetches what sources of imports name: URLs, and objects in S3. Rejects as `Downloader` and `S3Objects` do. */
export class SourceDownloader {
  constructor(
    private readonly downloader: Downloader,
    private readonly objects: S3Objects,
  ) {}

  /** Throws as a download would for what is refused before any request. */
  check(url: string): void {
    this.of(url).check(url);
  }

  download(url: string, options: DownloadOptions): Promise<Downloaded> {
    return this.of(url).download(url, options);
  }

  downloadIfChanged(
    url: string,
    unless: Validators,
    options: DownloadOptions,
  ): Promise<Downloaded | undefined> {
    return this.of(url).downloadIfChanged(url, unless, options);
  }

  downloadToFile(url: string, path: string, options: DownloadOptions): Promise<DownloadedFile> {
    return this.of(url).downloadToFile(url, path, options);
  }

  private of(url: string): Downloader | S3Objects {
    return isObjectUrl(url) ? this.objects : this.downloader;
  }
}
