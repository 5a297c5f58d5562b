import { labelUnknown } from '../datasets.errors.ts';
import { nearLabels } from '../near-labels.ts';
import { DatasetSource, type SourceImage, type SourceSelection } from './dataset-source.port.ts';

/** A source that has a label of each image in the image's path. */
export abstract class PathLabelledSource extends DatasetSource {
  /** What lacks a label that was asked for, as in "The folder". */
  protected abstract readonly what: string;

  /** All images with one of these labels, or all there are. Others may be yielded as well. */
  protected abstract images(
    labelIds: SourceSelection['labelIds'],
    signal: AbortSignal,
  ): AsyncIterable<SourceImage>;

  override async count({ labelIds, limit }: SourceSelection, signal: AbortSignal): Promise<number> {
    const found = new Set<string>();
    const others = new Set<string>();
    let images = 0;
    for await (const { labels } of this.images(undefined, signal)) {
      const selected = isSelected(labels, labelIds);
      if (selected) images += 1;
      for (const label of labels) (selected ? found : others).add(label);
    }
    const unknown = labelIds?.filter((label) => !found.has(label)) ?? [];
    if (unknown.length > 0)
      throw labelUnknown(unknown, `${this.what} has no label`, nearLabels(unknown, others));
    return Math.min(images, limit ?? images);
  }

  override async *read(
    { labelIds, limit }: SourceSelection,
    signal: AbortSignal,
  ): AsyncIterable<SourceImage> {
    let left = limit ?? Infinity;
    for await (const image of this.images(labelIds, signal)) {
      if (!isSelected(image.labels, labelIds)) continue;
      if (left <= 0) return;
      left -= 1;
      yield image;
    }
  }

  override async labelNames(): Promise<ReadonlyMap<string, string>> {
    return new Map();
  }
}

function isSelected(labels: readonly string[], labelIds: SourceSelection['labelIds']): boolean {
  return labelIds === undefined || labels.some((label) => labelIds.includes(label));
}
