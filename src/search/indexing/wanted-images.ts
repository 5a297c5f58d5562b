import type { ImageChange, ImageWritten, NotSearchable } from '../../datasets/index.ts';
import { labelsNotIndexed } from '../search.errors.ts';
import type { DatasetIndex } from './index.repository.ts';

/** The images that the index leaves out because of their labels. */
export function excludedFrom(
  index: DatasetIndex,
  changes: readonly ImageChange[],
): Map<number, NotSearchable> {
  const excluded = changes.filter((change) => !change.deleted && !isWanted(index, change));
  return new Map(excluded.map(({ imageId }) => [imageId, labelsNotIndexed()]));
}

/** The images that the index includes. */
export function wantedBy(index: DatasetIndex, changes: readonly ImageChange[]): ImageWritten[] {
  return changes.filter((change): change is ImageWritten => isWanted(index, change));
}

/** Whether the index includes the image: it exists, and has one of the labels to which the index is restricted. */
export function isWanted(index: DatasetIndex, change: ImageChange): boolean {
  if (change.deleted) return false;
  return index.labelIds === undefined || change.labels.some((label) => index.labelIds?.includes(label));
}
