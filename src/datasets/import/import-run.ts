import { AppError, messageOf, Semaphore, storageFull } from '../../common/index.ts';
import { Logger } from '@nestjs/common';
import type { ImageRemover } from '../deletion/image-remover.ts';
import type { ImageRepository } from '../catalogue/image.repository.ts';
import type { Addition, ImageWriter } from '../catalogue/image-writer.ts';
import type { Image, NewImage } from '../catalogue/images.ts';
import type { ImageStore } from '../files/image-store.port.ts';
import type { JobRun } from '../../jobs/index.ts';
import type { DownloadRecorder } from '../ledger/download-recorder.ts';
import { isFromUrl, type SourceImage } from '../sources/dataset-source.port.ts';
import { imageFileDeleted, imageFileMissing } from '../datasets.errors.ts';
import type { ImportAttributes } from './import-attributes.ts';
import type { ImportInput } from './import-input.ts';
import type { ImageIntake, TakenImage } from './image-intake.ts';
import type { ImageChangeRepository } from '../catalogue/image-change.repository.ts';
import { settledAttributes, type SourceLedger } from '../sync/source-ledger.ts';
import type { SourceItemRow } from '../sync/source-item.repository.ts';

/** Rows are written in batches of this size, or after this time if images come slowly. */
const BATCH = 64;
const MAX_WAIT_MS = 1_000;
const ATTEMPTS = 3;

/** Told what becomes of images that the dataset did not have. */
export interface Outcomes {
  /** This run has added an image, and its row is written. */
  readonly added: (image: { readonly id: number; readonly externalId: string }) => void;
  readonly failed: (externalId: string) => void;
}

interface Item {
  readonly source: SourceImage;
  /** Its position among the images of the run. */
  readonly position: number;
  readonly attempt: number;
  readonly outcomes: Outcomes | undefined;
}

interface StoredItem extends Item {
  readonly image: TakenImage;
  /** Why the image lacks an attribute. */
  readonly problem: AppError | undefined;
}

export interface ImportRunParts {
  readonly intake: ImageIntake;
  readonly images: ImageRepository;
  readonly changes: ImageChangeRepository;
  readonly writer: ImageWriter;
  readonly remover: ImageRemover;
  readonly recorder: DownloadRecorder;
  readonly store: ImageStore;
  /** Where to note what the source has brought; undefined for sources that are not remembered. */
  readonly brought: SourceLedger | undefined;
  /** The maximum number of images from files in flight. */
  readonly files: number;
  /** The maximum number of images from URLs in flight, including those that wait for their host. */
  readonly urls: number;
}

/** Brings the images of one import into its dataset: many in flight at once, their rows written in batches. */
export class ImportRun {
  private readonly logger = new Logger('Import');
  /** The number of images that the dataset has, whether this run has added them or not. */
  imported = 0;
  private readonly fileSlots: Semaphore;
  private readonly urlSlots: Semaphore;
  private readonly inFlight = new Set<Promise<void>>();
  private stored: StoredItem[] = [];
  private started = 0;
  private lastWrite = performance.now();
  private writing: Promise<void> = Promise.resolve();
  /** The first error that ended the run. */
  private failure: { readonly error: unknown } | undefined;

  constructor(
    private readonly run: JobRun<ImportInput>,
    private readonly names: ReadonlyMap<string, string>,
    private readonly attributes: ImportAttributes,
    private readonly parts: ImportRunParts,
  ) {
    this.fileSlots = new Semaphore(parts.files);
    this.urlSlots = new Semaphore(parts.urls);
  }

  /**
   * Starts importing those of the images that the dataset does not have, each as soon as there is a
   * slot for it, and adds labels and attributes that they lack to the others. Rejects if the run cannot continue.
   */
  async importImages(images: readonly SourceImage[]): Promise<void> {
    await this.importFresh(await this.skipExisting(images));
  }

  /** The same, for images that the dataset is known not to have. */
  async importFresh(fresh: readonly SourceImage[], outcomes?: Outcomes): Promise<void> {
    await this.parts.recorder.lookUp(fresh);
    for (const image of fresh) await this.importWhenFree(image, outcomes);
  }

  /** Waits for all images that were started and writes their rows. Rejects with the error that ended the run. */
  async finish(): Promise<void> {
    while (this.inFlight.size > 0 || this.stored.length > 0) {
      await Promise.all(this.inFlight);
      this.writeStored();
      await this.writing;
    }
    await this.writing;
    await this.parts.recorder.flush();
    await this.parts.brought?.flush();
    if (this.failure !== undefined) throw this.failure.error;
  }

  private async skipExisting(sources: readonly SourceImage[]): Promise<SourceImage[]> {
    const { datasetId } = this.run;
    const { brought } = this.parts;
    const known = brought?.find(sources.map(({ externalId }) => externalId)) ?? new Map<string, never>();
    const images = await this.skipUnchanged(sources, known);
    if (images.length === 0) return [];
    const externalIds = images.map(({ externalId }) => externalId);
    // Before the images are read: an edit in between must not count as known.
    const changes = brought && (await this.parts.changes.findByExternalIds(datasetId, externalIds));
    const existing = await this.parts.images.findByExternalIds(datasetId, externalIds);
    const additions: Addition[] = [];
    const lost = await this.restoreFiles(images, existing);
    for (const source of images) {
      const image = existing.get(source.externalId);
      if (image === undefined || lost.has(image)) continue;
      const { attributes, problem } = this.attributes.read(source);
      const labels = source.labels.filter((label) => !image.labels.includes(label));
      const lacked = Object.entries(attributes).filter(([name]) => !Object.hasOwn(image.attributes, name));
      if (labels.length + lacked.length > 0) {
        additions.push({ imageId: image.id, labels, attributes: Object.fromEntries(lacked) });
      }
      this.count(source, image, problem);
    }
    if (additions.length > 0) await this.parts.writer.add(datasetId, additions, this.names);
    if (changes !== undefined) await brought?.noteExisting(images, existing, this.attributes, known, changes);
    return images.filter(({ externalId }) => !existing.has(externalId));
  }

  /**
   * Counts those of the images of which the source says what it said before, which nobody has changed since then, and
   * whose stored files exist. Returns all others.
   */
  private async skipUnchanged(
    sources: readonly SourceImage[],
    known: ReadonlyMap<string, SourceItemRow>,
  ): Promise<SourceImage[]> {
    const unchanged = new Map<
      SourceImage,
      { readonly sha256: string; readonly problem: AppError | undefined }
    >();
    for (const source of sources) {
      const row = known.get(source.externalId);
      if (row === undefined) continue;
      const settled = settledAttributes(source, row, this.attributes);
      if (settled !== undefined) unchanged.set(source, { sha256: row.sha256, problem: settled.problem });
    }
    if (unchanged.size === 0) return [...sources];
    const isThere = await this.parts.store.hasEach([...unchanged.values()].map(({ sha256 }) => sha256));
    for (const [at, [source, { problem }]] of [...unchanged].entries()) {
      if (isThere[at]) this.count(source, {}, problem);
      else unchanged.delete(source);
    }
    return sources.filter((source) => !unchanged.has(source));
  }

  /** Stores the files of images again that are missing. Returns the images for which that has failed, which are counted. */
  private async restoreFiles(
    sources: readonly SourceImage[],
    existing: ReadonlyMap<string, Image>,
  ): Promise<Set<Image>> {
    const found = sources.flatMap((source) => {
      const image = existing.get(source.externalId);
      return image === undefined ? [] : [{ source, image }];
    });
    // All in one go: a call and a promise for each of many images cost more than all else that is done with them.
    const isThere = await this.parts.store.hasEach(found.map(({ image }) => image.sha256));
    const missing = found.filter((_one, at) => !isThere[at]);
    const lost = new Set<Image>();
    await Promise.all(
      missing.map(async ({ source, image }) => {
        const slots = isFromUrl(source) ? this.urlSlots : this.fileSlots;
        if (!(await slots.run(() => this.restoreFile(source, image)))) lost.add(image);
      }),
    );
    return lost;
  }

  private async restoreFile(source: SourceImage, { sha256 }: Image): Promise<boolean> {
    this.run.signal.throwIfAborted();
    try {
      const taken = await this.parts.intake.fetchAndStore(source, this.run);
      if (taken.sha256 === sha256) return true;
      await this.parts.remover.discardFiles([taken.sha256]);
      throw imageFileMissing(sha256);
    } catch (error) {
      if (storageFull.is(error) || !(error instanceof AppError)) throw error;
      this.run.fail({ item: source.externalId, code: error.code, message: error.message });
      return false;
    } finally {
      this.parts.recorder.forget(source);
    }
  }

  /** Counts an image that is in the dataset; with a problem it counts as failed, so that it is reported. */
  private count(
    { externalId: item }: SourceImage,
    { warnings = [] }: Pick<NewImage, 'warnings'>,
    problem: AppError | undefined,
  ): void {
    this.imported += 1;
    if (warnings.length > 0) this.run.warn();
    if (problem === undefined) this.run.advance();
    else this.run.fail({ item, code: problem.code, message: problem.message });
  }

  private async importWhenFree(source: SourceImage, outcomes: Outcomes | undefined): Promise<void> {
    const release = await (isFromUrl(source) ? this.urlSlots : this.fileSlots).acquire();
    if (this.failure !== undefined || this.run.signal.aborted) {
      release();
      if (this.failure !== undefined) throw this.failure.error;
      throw this.run.signal.reason;
    }
    this.startImport({ source, position: this.started, attempt: 1, outcomes }, release);
    this.started += 1;
  }

  private startImport(item: Item, release: () => void): void {
    const task = this.importImage(item)
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .finally(() => {
        this.inFlight.delete(task);
        release();
      });
    this.inFlight.add(task);
  }

  private async importImage(item: Item): Promise<void> {
    try {
      const { intake, brought } = this.parts;
      const fetched = await intake.fetchAndStore(item.source, this.run, (failure) =>
        brought?.noteFailure(failure),
      );
      const { attributes, problem } = this.attributes.read(item.source);
      this.stored.push({ ...item, image: { ...fetched, attributes }, problem });
      const isDue = performance.now() - this.lastWrite > MAX_WAIT_MS;
      if (this.stored.length >= BATCH || isDue) this.writeStored();
    } catch (error) {
      if (this.run.signal.aborted) return;
      if (storageFull.is(error) || !(error instanceof AppError)) throw error;
      this.fail(item, error);
      await this.parts.brought?.flushIfMany();
    } finally {
      this.parts.recorder.forget(item.source);
    }
  }

  /** Writes the images stored so far, after the previous batch. Images in flight continue meanwhile. */
  private writeStored(): void {
    // Ids follow the order of the source, except where images overtake each other between two batches.
    const batch = this.stored.sort((a, b) => a.position - b.position);
    if (batch.length === 0) return;
    this.stored = [];
    this.lastWrite = performance.now();
    this.writing = this.writing
      .then(() => this.writeBatch(batch))
      .catch(async (error: unknown) => {
        this.failure ??= { error };
        await this.discardFiles(batch);
      });
  }

  /** Removes files without rows. If that fails, the next run of the import takes them up. */
  private async discardFiles(batch: readonly StoredItem[]): Promise<void> {
    try {
      await this.parts.remover.discardFiles(batch.map(({ image }) => image.sha256));
    } catch (error) {
      this.logger.warn(`Files of images that were not imported were left behind: ${messageOf(error)}`);
    }
  }

  private async writeBatch(batch: readonly StoredItem[]): Promise<void> {
    const { recorder, writer, remover } = this.parts;
    const items = new Map<NewImage, StoredItem>(batch.map((item) => [item.image, item]));
    // The ledger comes first: once an image exists it is skipped, and its URLs would never be recorded.
    await recorder.flush();
    const { inserted, changes, existing, missing } = await writer.insertImages(
      this.run.datasetId,
      [...items.keys()],
      this.names,
    );
    // Others have added these in the meantime, so the files stored for them here may be left without an image.
    await remover.discardFiles(existing.map(({ sha256 }) => sha256));
    const lost = new Set(missing);
    for (const { image, source, problem } of batch) if (!lost.has(image)) this.count(source, image, problem);
    const others = new Set<NewImage>(existing);
    const added = batch.filter(({ image }) => !lost.has(image) && !others.has(image));
    await this.parts.brought?.noteAdded(
      added.map(({ image }) => ({ image, change: changes.get(inserted.get(image.externalId) ?? 0) })),
    );
    for (const { image, outcomes } of added) {
      const id = inserted.get(image.externalId);
      if (id !== undefined) outcomes?.added({ id, externalId: image.externalId });
    }
    for (const image of missing) {
      const item = items.get(image);
      if (item === undefined) throw new Error(`The image "${image.externalId}" is not in the batch`);
      this.retryOrFail(item);
    }
  }

  /** For a file that was deleted, with the last image that had the same bytes, before its new row was written. */
  private retryOrFail(item: Item): void {
    const { attempt } = item;
    if (attempt < ATTEMPTS) {
      this.startImport({ ...item, attempt: attempt + 1 }, () => undefined);
      return;
    }
    this.fail(item, imageFileDeleted());
  }

  private fail({ source: { externalId }, outcomes }: Item, { code, message }: AppError): void {
    this.run.fail({ item: externalId, code, message });
    outcomes?.failed(externalId);
  }
}
