import { Injectable } from '@nestjs/common';
import { datasetNotFound } from '../datasets.errors.ts';
import { DuplicateDecisionRepository } from '../duplicates/duplicate-decision.repository.ts';
import { ImageStore } from '../files/image-store.port.ts';
import { DatasetRepository } from './dataset.repository.ts';
import { DiscardedFileRepository } from '../deletion/discarded-file.repository.ts';
import { ImageChangeRepository } from './image-change.repository.ts';
import { ImageRepository } from './image.repository.ts';
import type { Image, ImageName, NewImage } from './images.ts';
import type { Attributes } from '../../filters/index.ts';
import type { AttributeChanges } from '../attributes/given-attributes.ts';
import { AttributeRepository } from '../attributes/attribute.repository.ts';
import { LabelRepository } from './label.repository.ts';
import { Transactions } from './transactions.ts';

export interface InsertOutcome {
  /** The ids of the new rows, by external id. */
  readonly inserted: ReadonlyMap<string, number>;
  /** The changes that added them, by id. */
  readonly changes: ReadonlyMap<number, number>;
  /** Images whose external id the dataset already had. */
  readonly existing: readonly NewImage[];
  /** Images whose file was deleted before the row could be written: fetch and store them again. */
  readonly missing: readonly NewImage[];
}

/** New facts of an image: all of its labels, and changes of attributes. */
export interface FactsChange {
  readonly datasetId: number;
  readonly imageId: number;
  readonly labels: readonly string[];
  readonly attributes: AttributeChanges;
}

export interface Addition {
  readonly imageId: number;
  readonly labels: readonly string[];
  readonly attributes: Attributes;
}

/**
 * Writes images. Every write numbers the change in the same transaction, and no row is ever committed
 * without its file: files are only removed inside a transaction too (see `ImageRemover`).
 */
@Injectable()
export class ImageWriter {
  constructor(
    private readonly transactions: Transactions,
    private readonly datasets: DatasetRepository,
    private readonly images: ImageRepository,
    private readonly labels: LabelRepository,
    private readonly attributes: AttributeRepository,
    private readonly changes: ImageChangeRepository,
    private readonly discarded: DiscardedFileRepository,
    private readonly decisions: DuplicateDecisionRepository,
    private readonly store: ImageStore,
  ) {}

  /**
   * Writes new images with their labels and attributes, all or none. `names` holds the names to display for labels
   * that do not exist yet. Rejects with `DATASET_NOT_FOUND`.
   */
  async insertImages(
    datasetId: number,
    images: readonly NewImage[],
    names: ReadonlyMap<string, string> = new Map(),
  ): Promise<InsertOutcome> {
    return this.transactions.commit(async (transaction) => {
      const dataset = await this.datasets.findById(datasetId, transaction);
      if (dataset === undefined) throw datasetNotFound(String(datasetId));
      const externalIds = images.map(({ externalId }) => externalId);
      const taken = await this.images.findExternalIds(datasetId, externalIds, transaction);
      const existing: NewImage[] = [];
      const fresh: NewImage[] = [];
      for (const image of images) {
        (taken.has(image.externalId) ? existing : fresh).push(image);
        taken.add(image.externalId);
      }
      const stored = await Promise.all(fresh.map(({ sha256 }) => this.store.has(sha256)));
      const writable = fresh.filter((_image, index) => stored[index]);
      const missing = fresh.filter((_image, index) => !stored[index]);

      const inserted = await this.images.insert(datasetId, writable, transaction);
      const additions = writable.map(({ externalId, labels, attributes }) => {
        const imageId = inserted.get(externalId);
        if (imageId === undefined) throw new Error(`The image "${externalId}" was inserted without an id`);
        return { imageId, labels, attributes };
      });
      await this.labels.addToImages(datasetId, additions, names, transaction);
      await this.attributes.assign(datasetId, additions, transaction);
      const ids = [...inserted.values()];
      const changes = await this.changes.renumber(datasetId, ids, 'picture', transaction);
      return { inserted, changes, existing, missing };
    });
  }

  /**
   * Replaces an image by another with the same external id, all or nothing. Resolves with false if the image no longer
   * exists or the file was deleted: fetch and store it again.
   */
  async replaceImage(
    { id, datasetId, sha256 }: Image,
    wanted: NewImage,
    attributes: AttributeChanges,
  ): Promise<boolean> {
    return this.transactions.commit(async (transaction) => {
      if (!(await this.store.has(wanted.sha256))) return false;
      if (!(await this.images.replace(id, wanted, transaction))) return false;
      await this.labels.setOfImages(datasetId, [{ imageId: id, labels: wanted.labels }], transaction);
      await this.attributes.assign(datasetId, [{ imageId: id, attributes }], transaction);
      const isNewPicture = sha256 !== wanted.sha256;
      await this.changes.renumber(datasetId, [id], isNewPicture ? 'picture' : 'facts', transaction);
      if (isNewPicture) {
        await this.decisions.deleteOfImage(id, transaction);
        await this.discarded.add([sha256], transaction);
      }
      return true;
    });
  }

  /**
   * Gives an image another external id, the file name that goes with it, and another source URL if there is one, with
   * all of its labels and changes of attributes. Resolves with false if the image no longer exists, or another one has that external id.
   */
  async renameImage(
    { id, datasetId }: Image,
    name: ImageName,
    { labels, attributes }: Pick<FactsChange, 'labels' | 'attributes'>,
    names: ReadonlyMap<string, string> = new Map(),
  ): Promise<boolean> {
    return this.transactions.commit(async (transaction) => {
      const taken = await this.images.findExternalIds(datasetId, [name.externalId], transaction);
      if (taken.size > 0 || !(await this.images.rename(id, name, transaction))) return false;
      await this.labels.setOfImages(datasetId, [{ imageId: id, labels }], transaction, names);
      await this.attributes.assign(datasetId, [{ imageId: id, attributes }], transaction);
      await this.changes.renumber(datasetId, [id], 'facts', transaction);
      return true;
    });
  }

  /**
   * Changes labels and attributes of images, in one transaction. Images that no longer exist are skipped. `names`
   * holds the names to display for labels that do not exist yet.
   */
  async changeFacts(
    changes: readonly FactsChange[],
    names: ReadonlyMap<string, string> = new Map(),
  ): Promise<void> {
    await this.transactions.commit(async (transaction) => {
      const ids = changes.map(({ imageId }) => imageId);
      const present = await this.images.findIds(ids, transaction);
      for (const datasetId of new Set(changes.map((change) => change.datasetId))) {
        const possible = changes.filter((one) => one.datasetId === datasetId && present.has(one.imageId));
        await this.labels.setOfImages(datasetId, possible, transaction, names);
        await this.attributes.assign(datasetId, possible, transaction);
        const changed = [...new Set(possible.map(({ imageId }) => imageId))];
        await this.changes.renumber(datasetId, changed, 'facts', transaction);
      }
    });
  }

  /** Adds labels and attributes to images, in one transaction. Images that no longer exist are skipped. */
  async add(
    datasetId: number,
    additions: readonly Addition[],
    names: ReadonlyMap<string, string> = new Map(),
  ): Promise<void> {
    await this.transactions.commit(async (transaction) => {
      const present = await this.images.findIds(
        additions.map(({ imageId }) => imageId),
        transaction,
      );
      const possible = additions.filter(({ imageId }) => present.has(imageId));
      await this.labels.addToImages(datasetId, possible, names, transaction);
      await this.attributes.assign(datasetId, possible, transaction);
      const changed = new Set(possible.map(({ imageId }) => imageId));
      await this.changes.renumber(datasetId, [...changed], 'facts', transaction);
    });
  }
}
