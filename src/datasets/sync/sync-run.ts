import { isDeepStrictEqual } from 'node:util';
import { AppError, chunksOf, oneAhead, Semaphore } from '../../common/index.ts';
import { syncDeletesTooMany, syncSourceDamaged } from '../datasets.errors.ts';
import type { SyncOptions } from '../import/import-input.ts';
import {
  isFromUrl,
  type FileLocation,
  type ImageLocation,
  type SourceImage,
} from '../sources/dataset-source.port.ts';
import { ImageComparison, itemOf } from './image-comparison.ts';
import { KnownFailures } from './known-failures.ts';
import type { KeptFailure } from './source-failure.repository.ts';
import { objectContentOf } from './object-content.ts';
import { toItem, type SourceItem, type SourceItemRow } from './source-item.repository.ts';
import { SyncTally } from './sync-counts.ts';
import type { SyncParts, SyncTask } from './sync-task.ts';
import { mergeFacts } from './three-way.ts';
import { UnchangedImages, type SiftedImages } from './unchanged-images.ts';

/** How many images are removed at a time. */
const BATCH = 200;
/** How many images are compared at the same time: files, which may be read, and URLs, whose servers may be asked. */
const COMPARED_FILES = 16;
const COMPARED_URLS = 128;
/** The share of the images of a source that one synchronisation removes at most, unless told otherwise. */
const DEFAULT_MAX_DELETE = 0.1;
/** How many of the vanished images are named if they are too many. */
const SAMPLES = 5;

/**
 * Brings a dataset in step with a source, in up to three passes: `compare` changes what is there and notes what the source
 * still has, `add` adds what is new or has moved, if anything is, and `removeVanished` removes what the source no longer has. Each
 * image is compared three ways: what the source says, what it brought last time, and what the image is. What people
 * have edited is not overwritten unless that is asked for.
 */
export class SyncRun {
  readonly tally = new SyncTally();
  /** Whether the source has images for `add`; known once all were compared. */
  hasNew = false;
  /** Whether images have vanished that may be under other names now; known once it matters. */
  private hasVanished: boolean | undefined;
  private readonly unchanged: UnchangedImages;
  private readonly comparison: ImageComparison;
  private readonly failures: KnownFailures;
  private readonly fileSlots = new Semaphore(COMPARED_FILES);
  private readonly urlSlots = new Semaphore(COMPARED_URLS);

  constructor(
    private readonly task: SyncTask,
    private readonly parts: SyncParts,
  ) {
    this.unchanged = new UnchangedImages(task, parts);
    this.comparison = new ImageComparison(task, parts, this.tally);
    this.failures = new KnownFailures(task, parts);
  }

  /** Compares the images of the source that the dataset has, and changes them. Takes them a chunk at a time. */
  async compare(chunks: AsyncIterable<readonly SourceImage[]>): Promise<void> {
    for await (const sifted of oneAhead(chunks, (chunk) => this.unchanged.sift(chunk))) {
      this.passUnchanged(sifted);
      if (sifted.others.length > 0) await this.compareOthers(sifted);
    }
  }

  private passUnchanged({ unchanged }: SiftedImages): void {
    const { ledger } = this.parts;
    const job = this.task.doing?.job;
    for (const { source, row, problem } of unchanged) {
      const { externalId: item } = source;
      ledger.see(row);
      this.tally.add('unchanged', item);
      if (problem === undefined) job?.advance();
      else job?.fail({ item, code: problem.code, message: problem.message });
    }
  }

  private async compareOthers({ others, rows }: SiftedImages): Promise<void> {
    const { datasetId, doing } = this.task;
    const { images, changes, ledger } = this.parts;
    const externalIds = others.map(({ externalId }) => externalId);
    // Before the images are read: an edit in between must not count as compared.
    const lastChanges = await changes.findByExternalIds(datasetId, externalIds);
    const existing = await images.findByExternalIds(datasetId, externalIds);
    const failures = await this.failures.find(
      others.filter(({ externalId }) => existing.has(externalId) && rows.has(externalId)),
      rows,
    );
    const brought: SourceItem[] = [];
    await Promise.all(
      others.map((source) =>
        (isFromUrl(source) ? this.urlSlots : this.fileSlots).run(async () => {
          const { externalId } = source;
          const row = rows.get(externalId);
          const item = row && toItem(row);
          const image = existing.get(externalId);
          const failure = failures.get(externalId);
          if (row !== undefined && failure !== undefined) {
            ledger.see(row);
            this.failAgain(failure);
            return;
          }
          const now =
            image === undefined
              ? this.passDeleted(source, item)
              : await this.comparison.compare(source, image, item, lastChanges.get(externalId));
          if (now === undefined) return;
          if (doing !== undefined && !isDeepStrictEqual(now, item)) brought.push(now);
          else if (row !== undefined) ledger.see(row);
        }),
      ),
    );
    await ledger.put(brought);
    if (doing !== undefined) await ledger.flush();
  }

  private failAgain({ externalId: item, code, message }: KeptFailure): void {
    this.tally.add('failed', item);
    this.task.doing?.job.fail({ item, code, message });
  }

  /** Adds the images of the source that the dataset does not have. One with the bytes of a vanished image is that image. */
  async add(sources: readonly SourceImage[]): Promise<void> {
    const { images, ledger } = this.parts;
    const { datasetId, options, doing } = this.task;
    const externalIds = sources.map(({ externalId }) => externalId);
    const existing = await images.findExternalIds(datasetId, externalIds);
    const rows = ledger.find(externalIds);
    const absent = sources.filter(
      ({ externalId }) => !existing.has(externalId) && (options.overwrite || !rows.has(externalId)),
    );
    if (absent.length === 0) return;
    const failures = await this.failures.find(absent, rows);
    this.hasVanished ??= (await ledger.countVanished()).vanished > 0;
    const fresh: SourceImage[] = [];
    for (const source of absent) {
      const failure = failures.get(source.externalId);
      if (failure !== undefined) {
        this.failAgain(failure);
        continue;
      }
      const hasMoved = this.hasVanished && (await this.move(source));
      if (hasMoved) this.tally.add('moved', source.externalId);
      else fresh.push(source);
    }
    if (doing === undefined) for (const { externalId } of fresh) this.tally.add('added', externalId);
    else {
      await doing.importing.importFresh(fresh, {
        added: ({ id, externalId }) => this.tally.add('added', externalId, id),
        failed: (externalId) => this.tally.add('failed', externalId),
      });
    }
  }

  /** Forgets what failed earlier but no longer does, or is no longer in the source; to be called once all were compared and added. */
  forgetOtherFailures(): Promise<void> {
    return this.parts.ledger.forgetOtherFailures();
  }

  /**
   * Removes the images that the source no longer has. Rejects with `SYNC_DELETES_TOO_MANY` if they are too many, and
   * with `SYNC_SOURCE_DAMAGED` if the source has faults behind which they may be, unless a maximum was given.
   */
  async removeVanished(faults: number): Promise<void> {
    const { ledger } = this.parts;
    const { options, doing } = this.task;
    const { all, vanished } = await ledger.countVanished();
    if (vanished === 0) return;
    if (doing === undefined) {
      for await (const page of ledger.vanished())
        for (const externalId of page) this.tally.add('vanished', externalId);
      return;
    }
    if (faults > 0 && options.maxDelete === undefined) throw syncSourceDamaged(vanished, faults);
    const most = mostRemoved(all, options);
    if (vanished > most) {
      const { value: first = [] } = await ledger.vanished().next();
      throw syncDeletesTooMany({ vanished, all, most, samples: first.slice(0, SAMPLES) });
    }
    for await (const page of ledger.vanished())
      for (const batch of chunksOf(page, BATCH)) await this.remove(batch);
  }

  private async remove(externalIds: readonly string[]): Promise<void> {
    const { datasetId, signal } = this.task;
    const { images, remover, ledger } = this.parts;
    signal.throwIfAborted();
    const found = await images.findByExternalIds(datasetId, externalIds);
    await remover.deleteImages([...found.values()].map(({ id }) => id));
    await ledger.forget(externalIds);
    for (const externalId of found.keys()) this.tally.add('vanished', externalId);
  }

  /** For an image that the dataset does not have: if the source has brought it, somebody has deleted it since. */
  private passDeleted({ externalId }: SourceImage, item: SourceItem | undefined): SourceItem | undefined {
    if (item === undefined || this.task.options.overwrite) {
      this.hasNew = true;
      return undefined;
    }
    this.tally.add('kept', externalId);
    this.task.doing?.job.advance();
    return item;
  }

  /** Undefined if the file cannot be read, which its import reports. */
  private async digestOf(location: FileLocation): Promise<string | undefined> {
    const { signal } = this.task;
    try {
      return await this.comparison.pictures.digest(location, signal);
    } catch (error) {
      if (signal.aborted || !(error instanceof AppError)) throw error;
      return undefined;
    }
  }

  /** What has vanished elsewhere and is at this location now, with what the source brings of it. */
  private async vanishedAt(
    location: ImageLocation,
  ): Promise<{ row: SourceItemRow; place: string; version: string } | undefined> {
    const { fetcher, ledger } = this.parts;
    if ('url' in location) {
      const content = objectContentOf(location.version);
      const row = content && (await ledger.findVanishedObject(content));
      return row && { row, place: location.url, version: location.version ?? '' };
    }
    const version = await fetcher.version(location);
    if (version === undefined) return undefined;
    const sha256 = await this.digestOf(location);
    const row = sha256 === undefined ? undefined : await ledger.findVanished(sha256);
    return row && { row, place: location.path, version };
  }

  /** Gives a vanished image with the same bytes the name and the facts that the source has now, if there is one. */
  private async move(source: SourceImage): Promise<boolean> {
    const [location] = source.locations;
    const found = location && (await this.vanishedAt(location));
    if (location === undefined || found === undefined) return false;
    const { datasetId, attributes, options, names, doing } = this.task;
    const { ledger, images, writer } = this.parts;
    const { row, place, version } = found;
    const vanished = toItem(row);
    const { externalId, sha256 } = vanished;
    const image = (await images.findByExternalIds(datasetId, [externalId])).get(externalId);
    if (image?.sha256 !== sha256) return false;
    if (doing === undefined) {
      // Seen, so that it counts neither as vanished nor as the origin of another image.
      ledger.see(row);
      return true;
    }
    const facts = { labels: source.labels, attributes: attributes.read(source).attributes };
    const merged = mergeFacts(facts, vanished, image, options);
    const name = { externalId: source.externalId, ...('url' in location ? { sourceUrl: location.url } : {}) };
    if (!(await writer.renameImage(image, name, merged, names))) return false;
    await ledger.put([itemOf(source, { place, version, sha256 }, facts.attributes)]);
    await ledger.forget([externalId]);
    doing.job.advance();
    return true;
  }
}

/** How many images one synchronisation may remove at most, of all that its source has brought. */
export function mostRemoved(brought: number, { maxDelete = DEFAULT_MAX_DELETE }: SyncOptions): number {
  return Math.floor(maxDelete * brought);
}
