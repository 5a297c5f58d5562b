import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppError, parseId, storageFull } from '../../common/index.ts';
import type { Filter } from '../../filters/index.ts';
import { DatasetEvents } from './dataset-events.ts';
import {
  datasetNotFound,
  externalIdInvalid,
  externalIdNotFound,
  imageExists,
  imageFileMissing,
  imageNotFound,
  imageRefInvalid,
  labelInvalid,
} from '../datasets.errors.ts';
import { ImageStore } from '../files/image-store.port.ts';
import { ImageCheck } from '../import/image-check.port.ts';
import { DatasetRepository } from './dataset.repository.ts';
import type { PageRequest } from './datasets.ts';
import { DatasetsService } from './datasets.service.ts';
import { fileNameOf } from './file-name.ts';
import { ImageChangeRepository } from './image-change.repository.ts';
import { ImageRemover } from './image-remover.ts';
import { ImageRepository } from './image.repository.ts';
import { ImageWriter } from './image-writer.ts';
import type { Image, ImageChange, ImageRef } from './images.ts';

const MAX_EXTERNAL_ID = 1_000;
const MAX_LABEL = 500;
const MAX_LABELS = 1_000;
const PUT_ATTEMPTS = 3;
/** The number of images that `all` reads at a time. */
const PAGE = 1_000;

export interface ImageToAdd {
  readonly bytes: Uint8Array;
  /** The sha256 of the bytes if omitted. */
  readonly externalId?: string;
  /** The last part of the external id if omitted. */
  readonly fileName?: string | null;
  readonly labels?: readonly string[];
}

/** `created` is false if the dataset already had the same bytes under the same external id. */
export type AddedImage = { readonly image: Image; readonly created: boolean } | { readonly error: AppError };

/** The images of datasets: finding, adding and deleting them, and following their changes. */
@Injectable()
export class ImagesService {
  constructor(
    private readonly datasets: DatasetRepository,
    private readonly datasetsService: DatasetsService,
    private readonly repository: ImageRepository,
    private readonly changes: ImageChangeRepository,
    private readonly store: ImageStore,
    private readonly check: ImageCheck,
    private readonly writer: ImageWriter,
    private readonly remover: ImageRemover,
    private readonly events: DatasetEvents,
  ) {}

  async find(id: number): Promise<Image | undefined> {
    return (await this.findByIds([id])).get(id);
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
      const known = parseId(id);
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
    for (let after: number | undefined; ;) {
      const page = await this.list(datasetId, { after, limit: PAGE, filter });
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      after = last.id;
    }
  }

  count(datasetId: number, filter?: Filter): Promise<number> {
    return this.repository.count(datasetId, filter);
  }

  /**
   * Adds images independently: one that is rejected does not keep the others out. If the dataset
   * already has an image, labels that it lacks are added. Listeners have handled the change by the
   * time this resolves. Rejects with `DATASET_NOT_FOUND` and `STORAGE_FULL`.
   */
  async addImages(datasetId: number, images: readonly ImageToAdd[]): Promise<AddedImage[]> {
    const dataset = await this.datasets.findById(datasetId);
    if (dataset === undefined) throw datasetNotFound(String(datasetId));
    const results: AddedImage[] = [];
    const changed: number[] = [];
    try {
      for (const image of images) {
        try {
          const added = await this.addImage(datasetId, image);
          results.push({ image: added.image, created: added.created });
          if (added.changed) changed.push(added.image.id);
        } catch (error) {
          if (!(error instanceof AppError) || SHARED_FAILURES.some(({ is }) => is(error))) throw error;
          results.push({ error });
        }
      }
    } finally {
      if (changed.length > 0) await this.events.imagesChanged({ datasetId, changed, deleted: [] });
    }
    return results;
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

  /** The number of the dataset's last change; 0 if it has never changed. */
  async latestChange(datasetId: number): Promise<number> {
    return (await this.changes.findLatest(datasetId)) ?? 0;
  }

  countChangesAfter(datasetId: number, change: number): Promise<number> {
    return this.changes.countAfter(datasetId, change);
  }

  private async addImage(
    datasetId: number,
    { bytes, externalId, fileName = null, labels = [] }: ImageToAdd,
  ): Promise<{ image: Image; created: boolean; changed: boolean }> {
    assertLabels(labels);
    if (externalId !== undefined && (externalId === '' || externalId.length > MAX_EXTERNAL_ID)) {
      throw externalIdInvalid();
    }
    const checked = await this.check.check(bytes);
    const sha256 = hash('sha256', bytes);
    const image = {
      ...checked,
      externalId: externalId ?? sha256,
      labels: [...new Set(labels)],
      attributes: {},
      fileName: fileNameOf(fileName, externalId ?? sha256),
      sha256,
      sourceUrl: null,
      bytes: bytes.length,
    };
    const known = await this.findByExternalId(datasetId, image.externalId);
    if (known !== undefined) return this.addToExisting(known, image);
    for (let attempt = 1; attempt <= PUT_ATTEMPTS; attempt += 1) {
      await this.store.put(sha256, bytes);
      const { inserted, missing } = await this.writer.insertImages(datasetId, [image]);
      const id = inserted.get(image.externalId);
      if (id !== undefined) return { image: await this.get(id), created: true, changed: true };
      if (missing.length === 0) {
        // Another process has added it in the meantime, so the file stored here may be left without an image.
        await this.remover.discardFiles([sha256]);
        const existing = await this.findByExternalId(datasetId, image.externalId);
        if (existing !== undefined) return this.addToExisting(existing, image);
      }
    }
    throw imageFileMissing(sha256);
  }

  private async addToExisting(existing: Image, { sha256, labels }: { sha256: string; labels: string[] }) {
    if (existing.sha256 !== sha256) throw imageExists(existing.externalId);
    const fresh = labels.filter((label) => !existing.labels.includes(label));
    if (fresh.length === 0) return { image: existing, created: false, changed: false };
    await this.writer.addLabels(existing.datasetId, [{ imageId: existing.id, labels: fresh }]);
    return { image: await this.get(existing.id), created: false, changed: true };
  }
}

/** Errors that every further image would run into as well. */
const SHARED_FAILURES = [storageFull, datasetNotFound];

function assertLabels(labels: readonly string[]): void {
  const valid =
    labels.length <= MAX_LABELS && labels.every((label) => label !== '' && label.length <= MAX_LABEL);
  if (!valid) throw labelInvalid();
}
