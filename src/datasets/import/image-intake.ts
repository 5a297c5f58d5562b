import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppError, storageFull, type CheckOptions } from '../../common/index.ts';
import type { ImageLocation, SourceImage, UrlLocation } from '../sources/dataset-source.port.ts';
import { fileNameOf } from '../catalogue/file-name.ts';
import type { NewImage } from '../catalogue/images.ts';
import { imageLocationMissing } from '../datasets.errors.ts';
import { ImageFetcher } from '../files/image-fetcher.port.ts';
import { ImageStore } from '../files/image-store.port.ts';
import type { JobRun } from '../../jobs/index.ts';
import { RecordedDownloader } from '../ledger/recorded-downloader.ts';
import { ImageCheck } from './image-check.port.ts';

/** An image whose bytes are stored, and where they came from. */
export interface TakenImage extends NewImage {
  /** The path or URL, as the source gives it. */
  readonly place: string;
  /** What tells that it has changed: what the source says, `ImageFetcher.version` of a file, or `Fetched.version` of a URL; null if not known. */
  readonly version: string | null;
}

/** Fetches one image of a source, decodes it once to prove that it can be decoded, and stores it. */
@Injectable()
export class ImageIntake {
  constructor(
    private readonly fetcher: ImageFetcher,
    private readonly downloads: RecordedDownloader,
    private readonly check: ImageCheck,
    private readonly store: ImageStore,
  ) {}

  /** Tries the locations in order. If all fail, rejects with the error of the first. */
  async fetchAndStore(image: SourceImage, run: JobRun<CheckOptions>): Promise<TakenImage> {
    const { acceptTruncated } = run.input;
    let problem: AppError | undefined;
    for (const location of image.locations) {
      run.signal.throwIfAborted();
      const accept = (bytes: Buffer) => this.checkAndStore(image, bytes, location, { acceptTruncated });
      try {
        if ('url' in location) {
          const { accepted, version } = await this.downloads.fetch(run, image, location.url, accept);
          return { ...accepted, place: location.url, version: location.version ?? version };
        }
        // Before the bytes are read: if they change meanwhile, the next comparison sees another version.
        const version = (await this.fetcher.version(location)) ?? null;
        const taken = await accept(await this.fetcher.fetch(location, run.signal));
        return { ...taken, place: location.path, version };
      } catch (error) {
        if (storageFull.is(error) || !(error instanceof AppError)) throw error;
        problem ??= error;
      }
    }
    throw problem ?? imageLocationMissing();
  }

  /**
   * Asks for the picture at a URL again: only for one of another version than `known` has, if it has one. Undefined
   * if there is none; without `taken`, if the bytes are the same.
   */
  async fetchAgain(
    image: SourceImage,
    { url, version: listed }: UrlLocation,
    known: { readonly version: string | null; readonly sha256: string },
    run: JobRun<CheckOptions>,
  ): Promise<{ readonly version: string | null; readonly taken: TakenImage | undefined } | undefined> {
    const { acceptTruncated } = run.input;
    const accept = async (bytes: Buffer): Promise<NewImage | { readonly sha256: string }> =>
      hash('sha256', bytes) === known.sha256
        ? { sha256: known.sha256 }
        : this.checkAndStore(image, bytes, { url }, { acceptTruncated });
    const fetched = await this.downloads.fetchAgain(run, image, url, known.version, accept);
    if (fetched === undefined) return undefined;
    const { accepted } = fetched;
    const version = listed ?? fetched.version;
    return { version, taken: 'externalId' in accepted ? { ...accepted, place: url, version } : undefined };
  }

  private async checkAndStore(
    image: SourceImage,
    bytes: Buffer,
    location: ImageLocation,
    options: CheckOptions,
  ): Promise<NewImage> {
    const checked = await this.check.check(bytes, options);
    const sha256 = hash('sha256', bytes);
    await this.store.put(sha256, bytes);
    return {
      externalId: image.externalId,
      labels: image.labels,
      attributes: {},
      fileName: fileNameOf('url' in location ? location.url : location.path, image.externalId),
      sha256,
      sourceUrl: 'url' in location ? location.url : null,
      ...checked,
      bytes: bytes.length,
    };
  }
}
