import { randomUUID } from 'node:crypto';
import { mkdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { isPattern, isShard, shardsOf, sourceNotFound } from '../../annotations/index.ts';
import { isStorageFull, Semaphore, storageFull } from '../../common/index.ts';
import { UploadLimitsConfig } from '../../config/index.ts';
import { isObjectUrl, S3Objects, SourceDownloader, type Validators } from '../../downloads/index.ts';
import { AnnotationUploads } from './annotation-uploads.ts';

/** The time limit for one attempt, as annotations may be very large. */
const TIMEOUT_MS = 5 * 60_000;

/** How many shards are downloaded at the same time. */
const SHARDS_AT_ONCE = 4;

/** What was downloaded, to be removed once it has been read. */
export interface SavedForNow {
  readonly path: string;
  readonly remove: () => Promise<void>;
}

/** Downloads annotation files. */
@Injectable()
export class AnnotationDownloads {
  constructor(
    private readonly uploads: AnnotationUploads,
    private readonly downloader: SourceDownloader,
    private readonly objects: S3Objects,
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
  saveForNow(url: string, signal: AbortSignal): Promise<SavedForNow> {
    return this.inFolder(async (folder) => {
      const path = join(folder, nameOf(url));
      await this.downloadWithTime(url, path, signal);
      return path;
    });
  }

  /**
   * The same for annotations, which in S3 may be several Parquet files or tar archives, too: a pattern, or the prefix of
   * a folder, with a slash at its end. Their path is that of a folder with all of them then. Each may have
   * MAX_ANNOTATIONS_BYTES. Rejects with `SOURCE_NOT_FOUND` if there are none.
   */
  async saveAnnotationsForNow(url: string, signal: AbortSignal): Promise<SavedForNow> {
    const shards = await this.shardsAt(url, signal);
    if (shards === undefined) return this.saveForNow(url, signal);
    return this.inFolder(async (folder) => {
      const slots = new Semaphore(SHARDS_AT_ONCE);
      // The others end if one fails.
      const failed = new AbortController();
      const either = AbortSignal.any([signal, failed.signal]);
      await Promise.allSettled(
        shards.map((shard) =>
          slots.run(async () => {
            either.throwIfAborted();
            try {
              await this.downloadWithTime(shard.url, join(folder, shard.name), either);
            } catch (error) {
              failed.abort(error);
              throw error;
            }
          }),
        ),
      );
      signal.throwIfAborted();
      if (failed.signal.aborted) throw failed.signal.reason;
      return folder;
    });
  }

  /** Undefined if a URL stands for one file. */
  private async shardsAt(
    url: string,
    signal: AbortSignal,
  ): Promise<{ readonly name: string; readonly url: string }[] | undefined> {
    if (!isObjectUrl(url)) return undefined;
    const slash = url.lastIndexOf('/') + 1;
    const last = url.slice(slash);
    if (isPattern(last))
      return (await shardsOf(last)).map((name) => ({ name, url: url.slice(0, slash) + name }));
    if (last !== '') return undefined;
    const shards: { name: string; url: string }[] = [];
    for await (const object of this.objects.list(url, signal)) {
      if (!object.path.includes('/') && isShard(object.path))
        shards.push({ name: object.path, url: object.url });
    }
    if (shards.length === 0)
      throw sourceNotFound(`There are no Parquet files and no tar archives directly below "${url}".`);
    return shards;
  }

  private async inFolder(fill: (folder: string) => Promise<string>): Promise<SavedForNow> {
    const folder = join(this.uploads.temporaryFolder, `${process.pid}-${randomUUID()}`);
    try {
      await mkdir(folder, { recursive: true });
      const path = await fill(folder);
      return { path, remove: () => rm(folder, { recursive: true, force: true }) };
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw isStorageFull(error) ? storageFull(error) : error;
    }
  }

  /** Pictures in a file count as changed if its time has, so that it has to be the same the next time. */
  private async downloadWithTime(url: string, file: string, signal: AbortSignal): Promise<void> {
    const validators = await this.download(url, file, signal);
    const changed = Date.parse(validators?.lastModified ?? '') / 1_000;
    if (!Number.isNaN(changed)) await utimes(file, changed, changed);
  }

  private async download(url: string, file: string, signal: AbortSignal): Promise<Validators | null> {
    const { validators } = await this.downloader.downloadToFile(url, file, {
      signal,
      timeoutMs: TIMEOUT_MS,
      maxBytes: this.limits.MAX_ANNOTATIONS_BYTES,
      accept: 'application/json, text/csv, application/x-ndjson, */*;q=0.5',
    });
    return validators;
  }
}

function nameOf(url: string): string {
  const [path = ''] = isObjectUrl(url) ? [url] : url.split(/[?#]/);
  const name = path.slice(path.lastIndexOf('/') + 1).replaceAll(/[^\w.-]/g, '_');
  return /^\.*$/.test(name) ? 'annotations' : name.slice(-100);
}
