import { isDeepStrictEqual } from 'node:util';
import { AppError, Semaphore, storageFull } from '../../common/index.ts';
import type { Attributes } from '../../filters/index.ts';
import type { JobRun } from '../../jobs/index.ts';
import type { ImageRemover } from '../catalogue/image-remover.ts';
import type { ImageRepository } from '../catalogue/image.repository.ts';
import type { ImageWriter } from '../catalogue/image-writer.ts';
import type { Image } from '../catalogue/images.ts';
import { imageFileDeleted, syncDeletesTooMany, syncSourceDamaged } from '../datasets.errors.ts';
import type { ImageFetcher } from '../files/image-fetcher.port.ts';
import type { ImageStore } from '../files/image-store.port.ts';
import type { ImportAttributes } from '../import/import-attributes.ts';
import type { ImageIntake } from '../import/image-intake.ts';
import type { ImportRun } from '../import/import-run.ts';
import type { ImportInput, SyncOptions } from '../import/import-input.ts';
import { isFromUrl, type SourceImage } from '../sources/dataset-source.port.ts';
import { PictureComparison, type AskAgain, type ComparedPicture } from './picture-comparison.ts';
import type { SourceItem } from './source-item.repository.ts';
import type { SourceLedger } from './source-ledger.ts';
import { SyncTally } from './sync-counts.ts';
import { mergeFacts, type MergedFacts } from './three-way.ts';

/** How many images are removed at a time. */
const BATCH = 200;
/** How many images that have not changed are noted as seen at a time. */
const SEEN = 5_000;
/** How many images are compared at the same time: files, which may be read, and URLs, whose servers may be asked. */
const COMPARED_FILES = 16;
const COMPARED_URLS = 128;
/** The share of the images of a source that one synchronisation removes at most, unless told otherwise. */
const DEFAULT_MAX_DELETE = 0.1;

export interface SyncParts {
  readonly images: ImageRepository;
  readonly writer: ImageWriter;
  readonly remover: ImageRemover;
  readonly intake: ImageIntake;
  readonly fetcher: ImageFetcher;
  readonly ledger: SourceLedger;
  readonly store: ImageStore;
}

/** What a synchronisation works for. */
export interface SyncTask {
  readonly datasetId: number;
  readonly signal: AbortSignal;
  /** The names to display for labels, by key. */
  readonly names: ReadonlyMap<string, string>;
  readonly attributes: ImportAttributes;
  readonly options: SyncOptions;
  /** The job, and the run of the import that adds images; undefined to change nothing and only count. */
  readonly doing: { readonly job: JobRun<ImportInput>; readonly importing: ImportRun } | undefined;
}

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
  /** Images that are as they were brought, and not noted as seen yet. */
  private seen: string[] = [];
  private readonly pictures: PictureComparison;
  private readonly fileSlots = new Semaphore(COMPARED_FILES);
  private readonly urlSlots = new Semaphore(COMPARED_URLS);

  constructor(
    private readonly task: SyncTask,
    private readonly parts: SyncParts,
  ) {
    const { doing, options } = task;
    const askAgain: AskAgain | undefined =
      doing && ((source, url, known) => parts.intake.fetchAgain(source, url, known, doing.job));
    this.pictures = new PictureComparison(parts.fetcher, options.compare, askAgain);
  }

  /** Compares images of the source that the dataset has, and changes them. */
  async compare(sources: readonly SourceImage[]): Promise<void> {
    const externalIds = sources.map(({ externalId }) => externalId);
    const { images, ledger } = this.parts;
    const existing = await images.findByExternalIds(this.task.datasetId, externalIds);
    const items = await ledger.find(externalIds);
    const brought: SourceItem[] = [];
    await Promise.all(
      sources.map((source) =>
        (isFromUrl(source) ? this.urlSlots : this.fileSlots).run(async () => {
          const { externalId } = source;
          const item = items.get(externalId);
          const image = existing.get(externalId);
          const now = await (image === undefined
            ? this.passDeleted(source, item)
            : this.compareOrFail(source, image, item));
          if (now === undefined) return;
          if (this.task.doing === undefined || isSame(now, item)) this.seen.push(externalId);
          else brought.push(now);
        }),
      ),
    );
    await ledger.put(brought);
    if (this.seen.length >= SEEN) await this.markSeen();
  }

  /** Adds the images of the source that the dataset does not have. One with the bytes of a vanished image is that image. */
  async add(sources: readonly SourceImage[]): Promise<void> {
    await this.markSeen();
    const { images, ledger } = this.parts;
    const { datasetId, options, doing } = this.task;
    const externalIds = sources.map(({ externalId }) => externalId);
    const existing = await images.findExternalIds(datasetId, externalIds);
    const items = await ledger.find(externalIds);
    const absent = sources.filter(
      ({ externalId }) => !existing.has(externalId) && (options.overwrite || !items.has(externalId)),
    );
    if (absent.length === 0) return;
    const mayHaveMoved = (await ledger.listVanished(1)).length > 0;
    const fresh: SourceImage[] = [];
    for (const source of absent) {
      const hasMoved = mayHaveMoved && (await this.move(source));
      this.tally.add(hasMoved ? 'moved' : 'added', source.externalId);
      if (!hasMoved) fresh.push(source);
    }
    await doing?.importing.importFresh(fresh);
  }

  /**
   * Removes the images that the source no longer has. Rejects with `SYNC_DELETES_TOO_MANY` if they are too many, and
   * with `SYNC_SOURCE_DAMAGED` if the source has faults behind which they may be, unless a maximum was given.
   */
  async removeVanished(faults: number): Promise<void> {
    await this.markSeen();
    const { images, remover, ledger } = this.parts;
    const { datasetId, signal, options, doing } = this.task;
    const { all, vanished } = await ledger.countVanished();
    if (vanished === 0) return;
    if (doing === undefined) {
      for (const { externalId } of await ledger.listVanished(vanished))
        this.tally.add('vanished', externalId);
      return;
    }
    if (faults > 0 && options.maxDelete === undefined) throw syncSourceDamaged(vanished, faults);
    const most = mostRemoved(all, options);
    if (vanished > most) {
      const samples = (await ledger.listVanished(5)).map(({ externalId }) => externalId);
      throw syncDeletesTooMany({ vanished, all, most, samples });
    }
    for (;;) {
      signal.throwIfAborted();
      const batch = (await ledger.listVanished(BATCH)).map(({ externalId }) => externalId);
      if (batch.length === 0) return;
      const found = await images.findByExternalIds(datasetId, batch);
      await remover.deleteImages([...found.values()].map(({ id }) => id));
      await ledger.forget(batch);
      for (const externalId of found.keys()) this.tally.add('vanished', externalId);
    }
  }

  /** Notes in one transaction which images the source still has as it brought them. */
  private async markSeen(): Promise<void> {
    const seen = this.seen;
    this.seen = [];
    await this.parts.ledger.markSeen(seen);
  }

  /** For an image that the dataset does not have: if the source has brought it, somebody has deleted it since. */
  private async passDeleted(
    { externalId }: SourceImage,
    item: SourceItem | undefined,
  ): Promise<SourceItem | undefined> {
    if (item === undefined || this.task.options.overwrite) {
      this.hasNew = true;
      return undefined;
    }
    this.tally.add('kept', externalId);
    this.task.doing?.job.advance();
    return item;
  }

  /** Resolves with what the source has brought now. An image whose picture cannot be read stays as it is, and fails. */
  private async compareOrFail(
    source: SourceImage,
    image: Image,
    item: SourceItem | undefined,
  ): Promise<SourceItem | undefined> {
    const { signal, doing } = this.task;
    try {
      return await this.compareImage(source, image, item);
    } catch (error) {
      if (signal.aborted || storageFull.is(error) || !(error instanceof AppError)) throw error;
      const { code, message } = error;
      doing?.job.fail({ item: source.externalId, code, message });
      const { attributes } = this.task.attributes.read(source);
      return item ?? itemOf(source, { place: null, version: null, sha256: image.sha256 }, attributes);
    }
  }

  private async compareImage(
    source: SourceImage,
    image: Image,
    item: SourceItem | undefined,
  ): Promise<SourceItem> {
    const { options, signal, attributes, doing } = this.task;
    const { externalId, labels } = source;
    const read = attributes.read(source);
    const merged = mergeFacts({ labels, attributes: read.attributes }, item, image, options);
    const picture = await this.pictures.compare(source, image, item, signal);
    const isReplaced = this.isReplaced(picture, image, item);
    const isLost = !isReplaced && (await this.isLost(picture, image));
    const changes = {
      changed: isReplaced,
      relabelled: merged.labelsChanged,
      attributesChanged: merged.attributesChanged,
      kept: merged.kept || (picture.changed && !isReplaced && picture.sha256 !== image.sha256),
    };
    const kinds = (Object.keys(changes) as (keyof typeof changes)[]).filter((kind) => changes[kind]);
    for (const kind of kinds.length === 0 ? (['unchanged'] as const) : kinds)
      this.tally.add(kind, externalId);

    let bytes = { ...picture, sha256: picture.sha256 ?? image.sha256 };
    if (doing !== undefined) {
      if (isReplaced || isLost)
        bytes = { ...bytes, ...(await this.replace(source, image, merged, picture, doing.job)) };
      else if (merged.labelsChanged || merged.attributesChanged) await this.changeFacts(image, merged);
      if (!isReplaced && !isLost && image.warnings.length > 0) doing.job.warn();
      // A picture that was fetched to compare it, but that stays as somebody has edited it.
      if (!isReplaced && !isLost && picture.taken !== undefined)
        await this.parts.remover.discardFiles([picture.taken.sha256]);
      if (read.problem === undefined) doing.job.advance();
      else doing.job.fail({ item: externalId, code: read.problem.code, message: read.problem.message });
    }
    return itemOf(source, bytes, read.attributes);
  }

  /** Whether the image gets the picture of the source. */
  private isReplaced(picture: ComparedPicture, image: Image, item: SourceItem | undefined): boolean {
    if (picture.sha256 === image.sha256) return false;
    // With `overwrite`, a picture that was replaced by hand is replaced back.
    const isEdited = item !== undefined && item.sha256 !== image.sha256;
    return this.task.options.overwrite ? picture.changed || isEdited : picture.changed && !isEdited;
  }

  /** Whether the file of an image is missing, and the source has its bytes. What people have replaced by hand is not there. */
  private async isLost({ changed, sha256 }: ComparedPicture, image: Image): Promise<boolean> {
    if (changed || (sha256 !== null && sha256 !== image.sha256)) return false;
    return this.task.doing !== undefined && !(await this.parts.store.has(image.sha256));
  }

  /** Replaces the bytes of an image, and its facts with them. */
  private async replace(
    source: SourceImage,
    image: Image,
    { labels, attributes }: MergedFacts,
    picture: ComparedPicture,
    job: JobRun<ImportInput>,
  ): Promise<{ place: string; version: string | null; sha256: string }> {
    const { intake, writer, remover } = this.parts;
    const taken = picture.taken ?? (await intake.fetchAndStore(source, job));
    const { place, version, sha256, warnings = [] } = taken;
    if (warnings.length > 0) job.warn();
    if (sha256 === image.sha256) await this.changeFacts(image, { labels, attributes });
    else {
      const wanted = { ...taken, labels, attributes: image.attributes };
      const isWritten = await writer.replaceImage(image, wanted, attributes);
      if (!isWritten) {
        await remover.discardFiles([sha256]);
        throw imageFileDeleted();
      }
      await remover.removeDiscardedFiles();
    }
    return { place, version, sha256 };
  }

  private async changeFacts(
    { id: imageId, datasetId }: Image,
    { labels, attributes }: Pick<MergedFacts, 'labels' | 'attributes'>,
  ): Promise<void> {
    await this.parts.writer.changeFacts([{ datasetId, imageId, labels, attributes }], this.task.names);
  }

  /** Gives a vanished image with the same bytes the name and the facts that the source has now, if there is one. */
  private async move(source: SourceImage): Promise<boolean> {
    const [location] = source.locations;
    if (location === undefined || 'url' in location) return false;
    const { datasetId, signal, attributes, options, names, doing } = this.task;
    const { fetcher, ledger, images, writer } = this.parts;
    const version = await fetcher.version(location);
    if (version === undefined) return false;
    const sha256 = await this.pictures.digest(location, signal);
    const vanished = await ledger.findVanished(sha256);
    if (vanished === undefined) return false;
    const image = (await images.findByExternalIds(datasetId, [vanished.externalId])).get(vanished.externalId);
    if (image?.sha256 !== sha256) return false;
    if (doing === undefined) {
      // Seen, so that it counts neither as vanished nor as the origin of another image.
      await ledger.markSeen([vanished.externalId]);
      return true;
    }
    const facts = { labels: source.labels, attributes: attributes.read(source).attributes };
    const merged = mergeFacts(facts, vanished, image, options);
    if (!(await writer.renameImage(image, source.externalId, merged, names))) return false;
    await ledger.put([itemOf(source, { place: location.path, version, sha256 }, facts.attributes)]);
    await ledger.forget([vanished.externalId]);
    doing.job.advance();
    return true;
  }
}

/** How many images one synchronisation may remove at most, of all that its source has brought. */
export function mostRemoved(brought: number, { maxDelete = DEFAULT_MAX_DELETE }: SyncOptions): number {
  return Math.floor(maxDelete * brought);
}

/** What a source has brought for an image. */
function itemOf(
  { externalId, labels }: SourceImage,
  { place, version, sha256 }: Pick<SourceItem, 'place' | 'version' | 'sha256'>,
  attributes: Attributes,
): SourceItem {
  return { externalId, place, version, sha256, labels, attributes };
}

function isSame(one: SourceItem, other: SourceItem | undefined): boolean {
  return isDeepStrictEqual(one, other);
}
