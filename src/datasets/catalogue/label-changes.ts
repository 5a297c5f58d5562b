import { imageUpdateInvalid, labelInvalid } from '../datasets.errors.ts';
import type { ImageUpdate } from './image-edits.ts';

const MAX_LABEL = 500;
const MAX_LABELS = 1_000;

/** Sorted and without repetition. Throws `LABEL_INVALID`. */
export function checkedLabels(labels: readonly string[]): string[] {
  const valid =
    labels.length <= MAX_LABELS &&
    labels.every((label) => label !== '' && label.length <= MAX_LABEL && label.isWellFormed());
  if (!valid) throw labelInvalid();
  return [...new Set(labels)].sort();
}

/** The labels of an image after an update. Throws `LABEL_INVALID` and `IMAGE_UPDATE_INVALID`. */
export function labelsAfter(before: readonly string[], update: ImageUpdate): string[] {
  const { labels, addLabels = [], removeLabels = [] } = update;
  if (labels !== undefined && addLabels.length + removeLabels.length > 0) {
    throw imageUpdateInvalid('`labels` cannot be combined with `addLabels` or `removeLabels`.');
  }
  const both = addLabels.find((label) => removeLabels.includes(label));
  if (both !== undefined) throw imageUpdateInvalid(`The label "${both}" is to be both added and removed.`);
  if (labels !== undefined) return checkedLabels(labels);
  const added = checkedLabels(addLabels);
  return checkedLabels([...before.filter((label) => !removeLabels.includes(label)), ...added]);
}
