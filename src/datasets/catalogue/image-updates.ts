import { Injectable } from '@nestjs/common';
import { AppError } from '../../common/index.ts';
import { effective } from '../attributes/attribute-changes.ts';
import { AttributeRepository } from '../attributes/attribute.repository.ts';
import { readAttributes } from '../attributes/given-attributes.ts';
import { imageNotFound } from '../datasets.errors.ts';
import type { ImageUpdate } from './image-edits.ts';
import { ImageRepository } from './image.repository.ts';
import { ImageWriter, type FactsChange } from './image-writer.ts';
import type { Image } from './images.ts';
import { labelsAfter, labelsNamedBy } from './label-changes.ts';
import { LabelRepository } from './label.repository.ts';

export type UpdateOutcome =
  { readonly imageId: number; readonly changed: boolean } | { readonly error: AppError };

type Plan =
  { readonly image: Image; readonly change: FactsChange | undefined } | { readonly error: AppError };

/** What a dataset has of the attributes and labels that updates name. */
interface Known {
  readonly types: Parameters<typeof readAttributes>[1];
  /** The keys of labels by key or name. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
}

/** Changes the labels and attributes of images, without their bytes. */
@Injectable()
export class ImageUpdates {
  constructor(
    private readonly images: ImageRepository,
    private readonly attributes: AttributeRepository,
    private readonly labels: LabelRepository,
    private readonly writer: ImageWriter,
  ) {}

  /**
   * Makes each update independently of the others, in one transaction if possible. An image that is already as it
   * should be is not changed.
   */
  async update(updates: readonly ImageUpdate[]): Promise<UpdateOutcome[]> {
    const images = await this.images.findByIds(updates.map(({ imageId }) => imageId));
    const datasetIds = new Set([...images.values()].map(({ datasetId }) => datasetId));
    const known = new Map<number, Known>();
    for (const id of datasetIds) {
      const ofDataset = updates.filter(({ imageId }) => images.get(imageId)?.datasetId === id);
      known.set(id, {
        types: await this.attributes.types(id),
        labels: await this.labels.findByKeyOrName(id, ofDataset.flatMap(labelsNamedBy)),
      });
    }
    const planned = updates.map((update): Plan => {
      try {
        const image = images.get(update.imageId);
        if (image === undefined) throw imageNotFound(String(update.imageId));
        return { image, change: changeOf(image, update, known.get(image.datasetId)!) };
      } catch (error) {
        if (error instanceof AppError) return { error };
        throw error;
      }
    });
    const changes = planned.flatMap((plan) =>
      'change' in plan && plan.change !== undefined ? [plan.change] : [],
    );
    const failed = await this.write(changes);
    return planned.map((plan) => {
      if ('error' in plan) return plan;
      const error = failed.get(plan.image.id);
      return error === undefined ? { imageId: plan.image.id, changed: plan.change !== undefined } : { error };
    });
  }

  /** Changes that contradict each other, such as two types for a new attribute, are found only when written. */
  private async write(changes: readonly FactsChange[]): Promise<Map<number, AppError>> {
    const failed = new Map<number, AppError>();
    if (changes.length === 0) return failed;
    try {
      await this.writer.changeFacts(changes);
    } catch (error) {
      if (!(error instanceof AppError) || error.isFault) throw error;
      const [only] = changes;
      if (changes.length === 1 && only !== undefined) return failed.set(only.imageId, error);
      for (const change of changes) {
        for (const [id, reason] of await this.write([change])) failed.set(id, reason);
      }
    }
    return failed;
  }
}

/** Undefined if the update changes nothing. */
function changeOf(
  image: Image,
  update: ImageUpdate,
  { types, labels: known }: Known,
): FactsChange | undefined {
  const labels = labelsAfter(image.labels, update, known);
  const attributes = effective(image.attributes, readAttributes(update.attributes ?? [], types));
  const isSame = JSON.stringify(labels) === JSON.stringify([...image.labels].sort());
  if (isSame && Object.keys(attributes).length === 0) return undefined;
  return { imageId: image.id, datasetId: image.datasetId, labels, attributes };
}
