import { AppError, storageFull } from '../../common/index.ts';
import type { Attributes } from '../../filters/index.ts';
import type { JobRun } from '../../jobs/index.ts';
import type { Image } from '../catalogue/images.ts';
import { imageFileDeleted } from '../datasets.errors.ts';
import type { ImportInput } from '../import/import-input.ts';
import type { SourceImage } from '../sources/dataset-source.port.ts';
import type { NoteFailure } from '../import/image-intake.ts';
import { PictureComparison, type AskAgain, type ComparedPicture } from './picture-comparison.ts';
import type { SourceItem } from './source-item.repository.ts';
import { SYNC_KINDS, type SyncKind, type SyncTally } from './sync-counts.ts';
import type { SyncParts, SyncTask } from './sync-task.ts';
import { mergeFacts, type MergedFacts } from './three-way.ts';

/** Compares single images with what a source has for them, and changes them accordingly. */
export class ImageComparison {
  readonly pictures: PictureComparison;
  private readonly note: NoteFailure = (failure) => this.parts.ledger.noteFailure(failure);

  constructor(
    private readonly task: SyncTask,
    private readonly parts: SyncParts,
    private readonly tally: SyncTally,
  ) {
    const { doing, options } = task;
    const askAgain: AskAgain | undefined =
      doing &&
      ((source, location, known) => parts.intake.fetchAgain(source, location, known, doing.job, this.note));
    this.pictures = new PictureComparison(parts.fetcher, options.compare, askAgain);
  }

  /**
   * Resolves with what the source has brought now. An image whose picture cannot be read stays as it is, and fails.
   * `item`: what the source brought last time, if that is known. `change`: the last one of the image, or one before.
   */
  async compare(
    source: SourceImage,
    image: Image,
    item: SourceItem | undefined,
    change: number | undefined,
  ): Promise<SourceItem> {
    const { signal, doing } = this.task;
    try {
      return await this.compareImage(source, image, item, change);
    } catch (error) {
      if (signal.aborted || storageFull.is(error) || !(error instanceof AppError)) throw error;
      const { code, message } = error;
      doing?.job.fail({ item: source.externalId, code, message });
      this.tally.add('failed', source.externalId);
      const { attributes } = this.task.attributes.read(source);
      return item ?? itemOf(source, { place: null, version: null, sha256: image.sha256 }, attributes);
    }
  }

  private async compareImage(
    source: SourceImage,
    image: Image,
    item: SourceItem | undefined,
    change: number | undefined,
  ): Promise<SourceItem> {
    const { options, signal, attributes, doing } = this.task;
    const { externalId, labels } = source;
    const read = attributes.read(source);
    const merged = mergeFacts({ labels, attributes: read.attributes }, item, image, options);
    const picture = await this.pictures.compare(source, image, item, signal);
    const isReplaced = this.isReplaced(picture, image, item);
    const isLost = !isReplaced && (await this.isLost(picture, image));

    let bytes = { ...picture, sha256: picture.sha256 ?? image.sha256 };
    if (doing !== undefined && (isReplaced || isLost))
      bytes = { ...bytes, ...(await this.replace(source, image, merged, picture, doing.job)) };
    else if (doing !== undefined) await this.keepPicture(image, merged, picture, doing.job);
    if (read.problem === undefined) doing?.job.advance();
    else doing?.job.fail({ item: externalId, code: read.problem.code, message: read.problem.message });

    const isFetched = doing !== undefined && (isReplaced || isLost);
    const kinds = kindsOf({
      // Only the bytes tell, if they had to be fetched: those of another URL may be the same, and those of a lost file others.
      changed: isFetched ? bytes.sha256 !== image.sha256 : isReplaced,
      relabelled: merged.labelsChanged,
      attributesChanged: merged.attributesChanged,
      kept: merged.kept || (picture.changed && !isReplaced && picture.sha256 !== image.sha256),
    });
    for (const kind of kinds) this.tally.add(kind, externalId, kind === 'changed' ? image.id : undefined);
    const agrees = kinds.includes('unchanged') && bytes.sha256 === image.sha256;
    const isSettled = agrees && image.warnings.length === 0;
    return itemOf(source, bytes, read.attributes, isSettled ? change : undefined);
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
    merged: MergedFacts,
    picture: ComparedPicture,
    job: JobRun<ImportInput>,
  ): Promise<{ place: string; version: string | null; sha256: string }> {
    const { intake, writer, remover } = this.parts;
    const taken = picture.taken ?? (await intake.fetchAndStore(source, job, this.note));
    const { place, version, sha256, warnings = [] } = taken;
    if (warnings.length > 0) job.warn();
    if (sha256 === image.sha256) await this.changeFacts(image, merged);
    else {
      const wanted = { ...taken, labels: merged.labels, attributes: image.attributes };
      const isWritten = await writer.replaceImage(image, wanted, merged.attributes);
      if (!isWritten) {
        await remover.discardFiles([sha256]);
        throw imageFileDeleted();
      }
      await remover.removeDiscardedFiles();
    }
    return { place, version, sha256 };
  }

  /** Changes the facts of an image that keeps its picture. */
  private async keepPicture(
    image: Image,
    merged: MergedFacts,
    { taken }: ComparedPicture,
    job: JobRun<ImportInput>,
  ): Promise<void> {
    await this.changeFacts(image, merged);
    if (image.warnings.length > 0) job.warn();
    // A picture that was fetched to compare it, but that stays as somebody has edited it.
    if (taken !== undefined) await this.parts.remover.discardFiles([taken.sha256]);
  }

  private async changeFacts({ id: imageId, datasetId }: Image, merged: MergedFacts): Promise<void> {
    const { labels, attributes, labelsChanged, attributesChanged } = merged;
    if (!labelsChanged && !attributesChanged) return;
    await this.parts.writer.changeFacts([{ datasetId, imageId, labels, attributes }], this.task.names);
  }
}

/** What has happened to an image: at least that it is unchanged. */
function kindsOf(changes: Partial<Record<SyncKind, boolean>>): SyncKind[] {
  const kinds = SYNC_KINDS.filter((kind) => changes[kind] === true);
  return kinds.length === 0 ? ['unchanged'] : kinds;
}

/** What a source has brought for an image. `change`: as of which the image agrees with it, if it does. */
export function itemOf(
  { externalId, labels }: SourceImage,
  { place, version, sha256 }: Pick<SourceItem, 'place' | 'version' | 'sha256'>,
  attributes: Attributes,
  change?: number,
): SourceItem {
  return { externalId, place, version, sha256, labels, attributes, imageChange: change ?? null };
}
