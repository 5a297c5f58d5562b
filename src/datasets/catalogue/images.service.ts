import { Injectable } from '@nestjs/common';
import { AppError, parseId, storageFull, pagesAfter } from '../../common/index.ts';
import type { Filter } from '../../filters/index.ts';
import { DatasetEvents, type NotSearchable } from './dataset-events.ts';
import {
  datasetNotFound,
  externalIdNotFound,
  imageNotFound,
  imageRefInvalid,
  imageRepeated,
} from '../datasets.errors.ts';
import { ImageStore } from '../files/image-store.port.ts';
import type { PageRequest } from './datasets.ts';
import { DatasetsService } from './datasets.service.ts';
import {
  ImageEdit,
  type EditResult,
  type ImageToPut,
  type ImageUpdate,
  type RejectedEdit,
} from './image-edits.ts';
import { ImageChangeRepository } from './image-change.repository.ts';
import { ImageRemover } from '../deletion/image-remover.ts';
import { ImageRepository } from './image.repository.ts';
import { ImagePut } from './image-put.ts';
import { ImageUpdates } from './image-updates.ts';
import type { Image, ImageChange, ImageRef } from './images.ts';
import { LabelRepository } from './label.repository.ts';

/** The number of images that `all` reads at a time. */
const PAGE = 1_000;

/** The images of datasets: finding, putting, updating and deleting them, and following their changes. */
@Injectable()
export class ImagesService {
  constructor(
    private readonly datasetsService: DatasetsService,
    private readonly repository: ImageRepository,
    private readonly changes: ImageChangeRepository,
    private readonly labels: LabelRepository,
    private readonly store: ImageStore,
    private readonly put: ImagePut,
    private readonly updates: ImageUpdates,
    private readonly remover: ImageRemover,
    private readonly events: DatasetEvents,
  ) {}

  async find(id: number): Promise<Image | undefined> {
    return this.repository.find(id);
  }

  /** Rejects with `IMAGE_NOT_FOUND`. */
  async get(id: number): Promise<Image> {
    const image = await this.find(id);
    if (image === undefined) throw imageNotFound(String(id));
    return image;
  }

  /** The images that exist, by id. */
  findByIds(ids: readonly number[]): Promise<Map<number, Image>> {
    return this.repository.findByIds(ids);
  }

  async findByExternalId(datasetId: number, externalId: string): Promise<Image | undefined> {
    return (await this.repository.findByExternalIds(datasetId, [externalId])).get(externalId);
  }

  /** The image that a client names. Rejects with `IMAGE_REF_INVALID`, `DATASET_NOT_FOUND` and `IMAGE_NOT_FOUND`. */
  async resolve(ref: ImageRef): Promise<Image> {
    const image = await this.findByRef(ref);
    if (image !== undefined) return image;
    if (ref.id !== undefined && ref.id !== null) throw imageNotFound(ref.id);
    throw externalIdNotFound(ref.dataset ?? '', ref.externalId ?? '');
  }

  /** Like `resolve`, but undefined if there is no such image. */
  async findByRef({ id, dataset, externalId }: ImageRef): Promise<Image | undefined> {
    const hasId = id !== undefined && id !== null;
    const hasKey =
      dataset !== undefined && dataset !== null && externalId !== undefined && externalId !== null;
    const hasNeither = (dataset ?? externalId ?? null) === null;
    if (hasId && hasNeither) {
      const known = parseId('Image', id);
      return known === undefined ? undefined : this.find(known);
    }
    if (hasId || !hasKey) throw imageRefInvalid();
    const { id: datasetId } = await this.datasetsService.resolve(dataset);
    return this.findByExternalId(datasetId, externalId);
  }

  /** The images that have these bytes and were downloaded from this host. */
  async listBySource(datasetId: number, sha256: string, host: string): Promise<Image[]> {
    const images = await this.repository.listDownloaded(datasetId, sha256);
    return images.filter(({ sourceUrl }) => sourceUrl !== null && new URL(sourceUrl).hostname === host);
  }

  /** A page of the images of a dataset, or of those that the filter selects. */
  list(datasetId: number, { filter, ...page }: PageRequest & { readonly filter?: Filter }): Promise<Image[]> {
    return this.repository.list(datasetId, page, filter);
  }

  /** All images of a dataset, or those that the filter selects, in ascending order of id. */
  async *all(datasetId: number, filter?: Filter): AsyncGenerator<Image> {
    const pages = pagesAfter({
      start: undefined as number | undefined,
      list: (after) => this.list(datasetId, { after, limit: PAGE, filter }),
      keyOf: ({ id }) => id,
    });
    for await (const page of pages) yield* page;
  }

  count(datasetId: number, filter?: Filter): Promise<number> {
    return this.repository.count(datasetId, filter);
  }

  /**
   * Creates images, or replaces those that the dataset has under the same external ids, independently: one that is
   * rejected does not keep the others out, and leaves the existing image as it is. Putting the same again changes
   * nothing. Listeners have handled the changes by the time this resolves.
   *
   * Rejects with `DATASET_NOT_FOUND` and `STORAGE_FULL`.
   */
  async putImages(datasetId: number, images: readonly ImageToPut[]): Promise<EditResult[]> {
    await this.datasetsService.get(datasetId);
    const outcomes: EditOutcome[] = [];
    const seen = new Set<string>();
    try {
      for (const image of images) outcomes.push(await this.putImage(datasetId, image, seen));
    } catch (error) {
      await this.tellOthers(outcomes);
      throw error;
    }
    return this.tellOthers(outcomes);
  }

  /** Changes labels and attributes of images, as `putImages` does it. */
  async updateImages(updates: readonly ImageUpdate[]): Promise<EditResult[]> {
    const seen = new Set<number>();
    const fresh = updates.filter(({ imageId }) => !seen.has(imageId) && seen.add(imageId));
    const outcomes = await this.updates.update(fresh);
    const results = await this.tellOthers(
      outcomes.map((outcome, at) =>
        'error' in outcome
          ? { ...outcome, existingId: fresh[at]?.imageId }
          : { ...outcome, edit: outcome.changed ? ImageEdit.UPDATED : ImageEdit.UNCHANGED },
      ),
    );
    const byUpdate = new Map(fresh.map((update, at) => [update, results[at]]));
    return updates.map(
      (update) =>
        byUpdate.get(update) ?? { error: imageRepeated(String(update.imageId)), existingId: update.imageId },
    );
  }

  /** Deletes images of any dataset, ignoring unknown ids. Returns the ids of those that existed. */
  async deleteImages(ids: readonly number[]): Promise<number[]> {
    const deleted = await this.remover.deleteImages(ids);
    for (const [datasetId, imageIds] of deleted) {
      await this.events.imagesChanged({ datasetId, changed: [], deleted: imageIds });
    }
    return [...deleted.values()].flat();
  }

  /** Rejects with `IMAGE_FILE_MISSING`. */
  async readBytes(sha256: string): Promise<Buffer> {
    return this.store.read(sha256);
  }

  /** The path or address where a person finds the file. */
  locate(image: Pick<Image, 'sha256'>): string {
    return this.store.locate(image.sha256);
  }

  /**
   * Changes of a dataset with a number above `change`, in ascending order. Each image appears once,
   * with its last change.
   */
  changesAfter(datasetId: number, change: number, limit: number): Promise<ImageChange[]> {
    return this.changes.listAfter(datasetId, change, limit);
  }

  /** The last changes of these images, in ascending order. */
  changesOf(imageIds: readonly number[]): Promise<ImageChange[]> {
    return this.changes.listByImage(imageIds);
  }

  /** Whether an image was added, deleted or replaced after `change`. */
  hasPictureChangedAfter(datasetId: number, change: number): Promise<boolean> {
    return this.changes.hasPictureAfter(datasetId, change);
  }

  /** The ids of all images of a dataset in ascending order, in pages of up to `limit`. */
  idPages(datasetId: number, limit: number): AsyncGenerator<readonly number[]> {
    return pagesAfter({
      start: 0,
      list: (after) => this.repository.listIds(datasetId, limit, undefined, after),
      keyOf: (id) => id,
    });
  }

  /** The keys of the labels of images by image id, for every one of the images that exists. */
  labelKeysOf(imageIds: readonly number[]): Promise<Map<number, string[]>> {
    return this.labels.keysByImage(imageIds);
  }

  /** The number of the dataset's last change; 0 if it has never changed. */
  async latestChange(datasetId: number): Promise<number> {
    return (await this.changes.findLatest(datasetId)) ?? 0;
  }

  /** How many images have changed after `change`, not counting the changes in `except`. */
  countChangesAfter(datasetId: number, change: number, except: readonly number[] = []): Promise<number> {
    return this.changes.countAfter(datasetId, change, except);
  }

  /** The number of the first change after `change` that is not among `except`. */
  findChangeAfter(datasetId: number, change: number, except: readonly number[]): Promise<number | undefined> {
    return this.changes.findAfter(datasetId, change, except);
  }

  /** Those of the changes that no later change of the same image has replaced. */
  async currentChanges<Change extends ImageChange>(changes: readonly Change[]): Promise<Change[]> {
    const current = new Set(await this.changes.listCurrent(changes.map(({ change }) => change)));
    return changes.filter(({ change }) => current.has(change));
  }

  private async putImage(datasetId: number, image: ImageToPut, seen: Set<string>): Promise<EditOutcome> {
    try {
      if (seen.has(image.externalId)) throw imageRepeated(`"${image.externalId}"`);
      seen.add(image.externalId);
      return await this.put.put(datasetId, image);
    } catch (error) {
      if (!(error instanceof AppError) || SHARED_FAILURES.some(({ is }) => is(error))) throw error;
      return { error, existingId: (await this.findByExternalId(datasetId, image.externalId))?.id };
    }
  }

  private async tellOthers(outcomes: readonly EditOutcome[]): Promise<EditResult[]> {
    const edited = outcomes.flatMap((outcome) => ('error' in outcome ? [] : [outcome]));
    const images = await this.findByIds(edited.map(({ imageId }) => imageId));
    const notSearchable = new Map<number, NotSearchable>();
    for (const datasetId of new Set([...images.values()].map((image) => image.datasetId))) {
      const ofDataset = edited.filter(({ imageId }) => images.get(imageId)?.datasetId === datasetId);
      const idsOf = (isChanged: boolean) =>
        ofDataset
          .filter(({ edit }) => (edit !== ImageEdit.UNCHANGED) === isChanged)
          .map(({ imageId }) => imageId);
      const event = { datasetId, changed: idsOf(true), unchanged: idsOf(false), deleted: [] };
      for (const [id, reason] of await this.events.imagesChanged(event)) notSearchable.set(id, reason);
    }
    return outcomes.map((outcome) => {
      if ('error' in outcome) return outcome;
      const image = images.get(outcome.imageId);
      // Somebody else has deleted it already.
      if (image === undefined) return { error: imageNotFound(String(outcome.imageId)) };
      return { image, edit: outcome.edit, notSearchable: notSearchable.get(image.id) };
    });
  }
}

type EditOutcome = { readonly imageId: number; readonly edit: ImageEdit } | RejectedEdit;

/** Errors that every further image would run into as well. */
const SHARED_FAILURES = [storageFull, datasetNotFound];
