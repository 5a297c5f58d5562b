import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AttributeRepository } from '../attributes/attribute.repository.ts';
import { isSameAttributes, replacing } from '../attributes/attribute-changes.ts';
import { readAttributes, type GivenAttribute } from '../attributes/given-attributes.ts';
import { imageFileMissing } from '../datasets.errors.ts';
import { ImageStore } from '../files/image-store.port.ts';
import { ImageCheck } from '../import/image-check.port.ts';
import { assertExternalId } from './external-id.ts';
import { fileNameOf } from './file-name.ts';
import { ImageEdit, type ImageToPut } from './image-edits.ts';
import { ImageRemover } from '../deletion/image-remover.ts';
import { ImageRepository } from './image.repository.ts';
import { ImageWriter } from './image-writer.ts';
import type { Image, NewImage } from './images.ts';
import { checkedLabels, keysOf } from './label-changes.ts';
import { LabelRepository } from './label.repository.ts';

const ATTEMPTS = 3;

/** Creates an image, or replaces the one that a dataset has under the same external id, which keeps its id. */
@Injectable()
export class ImagePut {
  constructor(
    private readonly images: ImageRepository,
    private readonly attributes: AttributeRepository,
    private readonly labels: LabelRepository,
    private readonly store: ImageStore,
    private readonly check: ImageCheck,
    private readonly writer: ImageWriter,
    private readonly remover: ImageRemover,
  ) {}

  /**
   * Changes nothing if the image is already as it should be. Rejects with the reason why the picture, its external
   * id, a label or an attribute cannot be used, and with `DATASET_NOT_FOUND` and `STORAGE_FULL`.
   */
  async put(datasetId: number, given: ImageToPut): Promise<{ imageId: number; edit: ImageEdit }> {
    const { externalId, bytes, sourceUrl = null } = given;
    assertExternalId(externalId);
    const named = given.labels && checkedLabels(given.labels);
    const checked = await this.check.check(bytes);
    const sha256 = hash('sha256', bytes);
    const fileName = fileNameOf(given.fileName ?? sourceUrl, externalId);
    const file = { ...checked, externalId, sha256, sourceUrl, fileName, bytes: bytes.length };
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const existing = (await this.images.findByExternalIds(datasetId, [externalId])).get(externalId);
      const attributes = await this.read(datasetId, given.attributes);
      const labels = named && keysOf(named, await this.labels.findByKeyOrName(datasetId, named));
      const wanted: NewImage = {
        ...file,
        labels: labels ?? existing?.labels ?? [],
        attributes: attributes ?? existing?.attributes ?? {},
      };
      if (existing !== undefined && isSame(existing, wanted)) {
        return { imageId: existing.id, edit: ImageEdit.UNCHANGED };
      }
      await this.store.put(sha256, bytes);
      const imageId =
        existing === undefined ? await this.insert(datasetId, wanted) : await this.replace(existing, wanted);
      if (imageId === undefined) continue;
      return { imageId, edit: editOf(existing, wanted) };
    }
    throw imageFileMissing(sha256);
  }

  private async read(datasetId: number, given: readonly GivenAttribute[] | undefined) {
    if (given === undefined) return undefined;
    const values = Object.entries(readAttributes(given, await this.attributes.types(datasetId)));
    return Object.fromEntries(values.flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
  }

  /** Undefined if somebody else has added the image or deleted the file in the meantime. */
  private async insert(datasetId: number, wanted: NewImage): Promise<number | undefined> {
    try {
      const { inserted } = await this.writer.insertImages(datasetId, [wanted]);
      const id = inserted.get(wanted.externalId);
      if (id === undefined) await this.remover.discardFiles([wanted.sha256]);
      return id;
    } catch (error) {
      await this.remover.discardFiles([wanted.sha256]);
      throw error;
    }
  }

  private async replace(existing: Image, wanted: NewImage): Promise<number | undefined> {
    const isNewFile = existing.sha256 !== wanted.sha256;
    try {
      const written = await this.writer.replaceImage(
        existing,
        wanted,
        replacing(existing.attributes, wanted.attributes),
      );
      if (isNewFile && written) await this.remover.removeDiscardedFiles();
      if (written) return existing.id;
    } catch (error) {
      if (isNewFile) await this.remover.discardFiles([wanted.sha256]);
      throw error;
    }
    if (isNewFile) await this.remover.discardFiles([wanted.sha256]);
    return undefined;
  }
}

function editOf(existing: Image | undefined, { sha256 }: NewImage): ImageEdit {
  if (existing === undefined) return ImageEdit.CREATED;
  return existing.sha256 === sha256 ? ImageEdit.UPDATED : ImageEdit.REPLACED;
}

function isSame(existing: Image, wanted: NewImage): boolean {
  return (
    existing.sha256 === wanted.sha256 &&
    existing.sourceUrl === wanted.sourceUrl &&
    existing.fileName === wanted.fileName &&
    JSON.stringify(checkedLabels(existing.labels)) === JSON.stringify(checkedLabels(wanted.labels)) &&
    isSameAttributes(existing.attributes, wanted.attributes)
  );
}
