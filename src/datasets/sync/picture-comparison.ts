import { hash } from 'node:crypto';
import { AppError } from '../../common/index.ts';
import type { Image } from '../catalogue/images.ts';
import type { ImageFetcher } from '../files/image-fetcher.port.ts';
import type { TakenImage } from '../import/image-intake.ts';
import type { SyncOptions } from '../import/import-input.ts';
import type { FileLocation, SourceImage, UrlLocation } from '../sources/dataset-source.port.ts';
import type { SourceItem } from './source-item.repository.ts';

/** The picture that a source has for an image now. */
export interface ComparedPicture {
  /** Whether it has other bytes than the source brought last time. */
  readonly changed: boolean;
  readonly place: string | null;
  readonly version: string | null;
  /** Null if the bytes have to be fetched to know. */
  readonly sha256: string | null;
  /** The picture, if it had to be fetched to know that it has changed. */
  readonly taken?: TakenImage;
}

/** Asks the server of a URL for its picture; see `ImageIntake.fetchAgain`. */
export type AskAgain = (
  source: SourceImage,
  location: UrlLocation,
  known: { readonly version: string | null; readonly sha256: string },
) => Promise<{ readonly version: string | null; readonly taken: TakenImage | undefined } | undefined>;

/** Finds out whether a source has other bytes for an image than it brought last time, reading as little as it can. */
export class PictureComparison {
  constructor(
    private readonly fetcher: ImageFetcher,
    private readonly compareBy: SyncOptions['compare'],
    /** Undefined if servers are not to be asked. */
    private readonly askAgain: AskAgain | undefined,
  ) {}

  /** `item`: what the source brought last time, if that is known. Rejects as `ImageFetcher.fetch` does. */
  async compare(
    source: SourceImage,
    image: Image,
    item: SourceItem | undefined,
    signal: AbortSignal,
  ): Promise<ComparedPicture> {
    const { locations } = source;
    const [location] = locations;
    const sha256 = item?.sha256 ?? image.sha256;
    if (location === undefined) return { changed: false, place: null, version: null, sha256 };
    if ('url' in location) {
      const earlier = item?.place ?? image.sourceUrl ?? location.url;
      const there = urlLocation(source, earlier);
      if (there !== undefined)
        return this.compareUrl(source, there, { version: item?.version ?? null, sha256 });
      return { changed: true, place: location.url, version: null, sha256: null };
    }
    const place = location.path;
    if (this.compareBy === 'PLACE' && place === item?.place) {
      return { changed: false, place, version: item.version, sha256 };
    }
    const version = (await this.fetcher.version(location)) ?? null;
    const isAlike = version !== null && version === item?.version && place === item.place;
    if (isAlike && this.compareBy === 'METADATA') return { changed: false, place, version, sha256 };
    try {
      const now = await this.digest(location, signal);
      return { changed: now !== sha256, place, version, sha256: now };
    } catch (error) {
      // Another of its places may have the picture, as when it was imported.
      if (locations.length === 1 || !(error instanceof AppError)) throw error;
      return { changed: false, place, version: null, sha256 };
    }
  }

  private async compareUrl(
    source: SourceImage,
    location: UrlLocation,
    known: { readonly version: string | null; readonly sha256: string },
  ): Promise<ComparedPicture> {
    const { url, version: listed } = location;
    if (!asksServer(this.compareBy, location, known.version)) return { changed: false, place: url, ...known };
    if (this.askAgain === undefined) {
      const changed = listed !== undefined && known.version !== null && listed !== known.version;
      return { changed, place: url, ...known, sha256: changed ? null : known.sha256 };
    }
    const asked = this.compareBy === 'CHECKSUM' ? { ...known, version: null } : known;
    const answer = await this.askAgain(source, location, asked);
    if (answer === undefined)
      return { changed: false, place: url, version: listed ?? known.version, sha256: known.sha256 };
    const { version, taken } = answer;
    if (taken === undefined) return { changed: false, place: url, version, sha256: known.sha256 };
    return { changed: true, place: url, version, sha256: taken.sha256, taken };
  }

  /** The sha256 of a file's bytes, in lower-case hex. */
  async digest(location: FileLocation, signal: AbortSignal): Promise<string> {
    return hash('sha256', await this.fetcher.fetch(location, signal));
  }
}

/** The location of an image at a URL, if its source names that URL. */
export function urlLocation({ locations }: SourceImage, url: string | null): UrlLocation | undefined {
  return locations.find((one): one is UrlLocation => 'url' in one && one.url === url);
}

/**
 * Whether the server of a URL is asked for its picture. If the source says which version there is, it is asked for
 * another one only. Otherwise it is asked unless nobody knows how to, when the same URL counts as the same picture.
 *
 * `known`: the version that the source brought last time.
 */
export function asksServer(
  compareBy: SyncOptions['compare'],
  { version: listed }: UrlLocation,
  known: string | null,
): boolean {
  const isSame = listed === undefined ? known === null : listed === known;
  return compareBy === 'CHECKSUM' || (compareBy === 'METADATA' && !isSame);
}
