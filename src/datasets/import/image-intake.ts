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

/** An image that was not taken, and what is known of the first place where its picture was looked for. */
export interface IntakeFailure {
  readonly externalId: string;
  /** The path or URL, as the source gives it; null if there is none. */
  readonly place: string | null;
  /** As of a `TakenImage`, before the bytes were read. */
  readonly version: string | null;
  /** By which rules its bytes were refused, as `rulesOf` says; null if something else was the matter, such as a server. */
  readonly judgedBy: string | null;
  readonly code: string;
  readonly message: string;
}

/** Told of each image that is not taken, so that it can be kept. */
export type NoteFailure = (failure: IntakeFailure) => void;

/** What is known of a place where a picture was looked for. */
interface Tried {
  readonly location: ImageLocation;
  version: string | null;
  /** Whether the bytes were looked at. */
  isJudged: boolean;
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

  /** Two refusals by the same rules of the same bytes are the same. */
  rulesOf({ acceptTruncated = false }: CheckOptions): string {
    return JSON.stringify([this.check.rules, acceptTruncated]);
  }

  /** Tries the locations in order. If all fail, rejects with the error of the first. */
  async fetchAndStore(
    image: SourceImage,
    run: JobRun<CheckOptions>,
    note?: NoteFailure,
  ): Promise<TakenImage> {
    const { acceptTruncated } = run.input;
    let failure: { readonly error: AppError; readonly tried: Tried } | undefined;
    for (const location of image.locations) {
      run.signal.throwIfAborted();
      const tried: Tried = { location, version: null, isJudged: false };
      const accept = (bytes: Buffer) => {
        tried.isJudged = true;
        return this.checkAndStore(image, bytes, location, { acceptTruncated });
      };
      try {
        if ('url' in location) {
          tried.version = location.version ?? null;
          const { accepted, version } = await this.downloads.fetch(run, image, location.url, accept);
          return { ...accepted, place: location.url, version: location.version ?? version };
        }
        // Before the bytes are read: if they change meanwhile, the next comparison sees another version.
        const version = (await this.fetcher.version(location)) ?? null;
        tried.version = version;
        const taken = await accept(await this.fetcher.fetch(location, run.signal));
        return { ...taken, place: location.path, version };
      } catch (error) {
        if (storageFull.is(error) || !(error instanceof AppError)) throw error;
        failure ??= { error, tried };
      }
    }
    const { error = imageLocationMissing(), tried } = failure ?? {};
    note?.(this.failureOf(image, run, error, tried));
    throw error;
  }

  /** If there are several places, each would have to be looked at to know that the next attempt fails, too. */
  private failureOf(
    { externalId, locations }: SourceImage,
    run: JobRun<CheckOptions>,
    { code, message }: AppError,
    tried: Tried | undefined,
  ): IntakeFailure {
    const { location, version = null, isJudged = false } = tried ?? {};
    const place = location === undefined ? null : 'url' in location ? location.url : location.path;
    const judgedBy = isJudged && locations.length === 1 ? this.rulesOf(run.input) : null;
    return { externalId, place, version, judgedBy, code, message };
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
    note?: NoteFailure,
  ): Promise<{ readonly version: string | null; readonly taken: TakenImage | undefined } | undefined> {
    const { acceptTruncated } = run.input;
    const tried: Tried = { location: { url }, version: listed ?? null, isJudged: false };
    const accept = async (bytes: Buffer): Promise<NewImage | { readonly sha256: string }> => {
      if (hash('sha256', bytes) === known.sha256) return { sha256: known.sha256 };
      tried.isJudged = true;
      return this.checkAndStore(image, bytes, { url }, { acceptTruncated });
    };
    const fetched = await this.downloads
      .fetchAgain(run, image, url, known.version, accept)
      .catch((error: unknown) => {
        if (error instanceof AppError) note?.(this.failureOf(image, run, error, tried));
        throw error;
      });
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
