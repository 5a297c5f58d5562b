import { AppError, messageOf, Semaphore, storageFull } from '../../common/index.ts';
import type { JobRun } from '../../jobs/index.ts';
import type { SourceImage } from '../sources/dataset-source.port.ts';
import { type DownloadAccount, isFromUrl } from '../ledger/download-recorder.ts';
import { Logger } from '@nestjs/common';
import type { ImageIntake } from './image-intake.ts';
import type { ImageRemover } from '../catalogue/image-remover.ts';
import type { ImageWriter } from '../catalogue/image-writer.ts';
import type { NewImage } from '../catalogue/images.ts';
import { imageFileMissing } from '../datasets.errors.ts';

/** Images whose rows are written in one transaction, unless they come so slowly that time is up first. */
const BATCH = 64;
const MAX_WAIT_MS = 1_000;
const ATTEMPTS = 3;

interface Item {
  readonly source: SourceImage;
  /** Its place among the images of the run. */
  readonly place: number;
  readonly attempt: number;
}

interface Taken extends Item {
  readonly image: NewImage;
}

/** The images of one import on their way: several are taken in at once, their rows written in batches. */
export class ImportRun {
  private readonly logger = new Logger('Import');
  private readonly fileSlots: Semaphore;
  private readonly urlSlots: Semaphore;
  private readonly account: DownloadAccount;
  private readonly names: ReadonlyMap<string, string>;
  private readonly inFlight = new Set<Promise<void>>();
  private taken: Taken[] = [];
  private added = 0;
  private lastWrite = performance.now();
  private writing: Promise<void> = Promise.resolve();
  /** What ended the run; the first of it counts. */
  private failure: { readonly error: unknown } | undefined;

  constructor(
    private readonly run: JobRun<unknown>,
    private readonly intake: ImageIntake,
    private readonly writer: ImageWriter,
    private readonly remover: ImageRemover,
    options: {
      readonly names: ReadonlyMap<string, string>;
      readonly account: DownloadAccount;
      /** Images from files on their way at once. */
      readonly files: number;
      /** Images from URLs on their way at once, those included that wait for their host. */
      readonly urls: number;
    },
  ) {
    this.fileSlots = new Semaphore(options.files);
    this.urlSlots = new Semaphore(options.urls);
    this.names = options.names;
    this.account = options.account;
  }

  /** Starts on an image as soon as there is a slot for it. Rejects where the run cannot go on. */
  async add(source: SourceImage): Promise<void> {
    const release = await (isFromUrl(source) ? this.urlSlots : this.fileSlots).acquire();
    if (this.failure !== undefined || this.run.signal.aborted) {
      release();
      if (this.failure !== undefined) throw this.failure.error;
      throw this.run.signal.reason;
    }
    this.start({ source, place: this.added, attempt: 1 }, release);
    this.added += 1;
  }

  /** Waits for all images that were started, and writes their rows. Rejects with what ended the run. */
  async finish(): Promise<void> {
    while (this.inFlight.size > 0 || this.taken.length > 0) {
      await Promise.all(this.inFlight);
      this.write();
      await this.writing;
    }
    await this.writing;
    await this.account.flush();
    if (this.failure !== undefined) throw this.failure.error;
  }

  private start(item: Item, release: () => void): void {
    const task = this.take(item)
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .finally(() => {
        this.inFlight.delete(task);
        release();
      });
    this.inFlight.add(task);
  }

  private async take(item: Item): Promise<void> {
    try {
      const image = await this.intake.take(item.source, this.account, this.run.signal);
      this.taken.push({ ...item, image });
      const due = performance.now() - this.lastWrite > MAX_WAIT_MS;
      if (this.taken.length >= BATCH || due) this.write();
    } catch (error) {
      if (this.run.signal.aborted) return;
      if (storageFull.is(error) || !(error instanceof AppError)) throw error;
      this.run.fail({ item: item.source.externalId, code: error.code, message: error.message });
    } finally {
      this.account.forget(item.source);
    }
  }

  /** Writes what was taken so far, after the batch before it; the images in flight go on meanwhile. */
  private write(): void {
    // Ids rise in the order of the source, but for images that finish at the seam of two batches.
    const batch = this.taken.sort((a, b) => a.place - b.place);
    if (batch.length === 0) return;
    this.taken = [];
    this.lastWrite = performance.now();
    this.writing = this.writing
      .then(() => this.writeBatch(batch))
      .catch(async (error: unknown) => {
        this.failure ??= { error };
        await this.discard(batch);
      });
  }

  /** Without rows the files are nobody's. If they cannot be removed, the next run of the import takes them up. */
  private async discard(batch: readonly Taken[]): Promise<void> {
    try {
      await this.remover.discard(batch.map(({ image }) => image.sha256));
    } catch (error) {
      this.logger.warn(`Files of pictures that were not imported were left behind: ${messageOf(error)}`);
    }
  }

  private async writeBatch(batch: readonly Taken[]): Promise<void> {
    const images = batch.map(({ image }) => image);
    // First the ledger: an image that is there is not looked at again, and its URLs would stay without account.
    await this.account.flush();
    const { inserted, existing, missing } = await this.writer.insert(this.run.datasetId, images, this.names);
    // Somebody else added these meanwhile; what was stored for them here may be nobody's.
    await this.remover.discard(existing.map(({ sha256 }) => sha256));
    this.run.advance(inserted.size + existing.length);
    for (const image of missing) {
      // Deleted together with the last image that had the same bytes, between storing and writing.
      const item = batch.find((taken) => taken.image === image);
      if (item === undefined) continue;
      const { source, place, attempt } = item;
      if (attempt < ATTEMPTS) this.start({ source, place, attempt: attempt + 1 }, () => undefined);
      else {
        this.run.fail({
          item: source.externalId,
          code: imageFileMissing.code,
          message: 'The stored file was removed again and again. Run the import once more.',
        });
      }
    }
  }
}
