import { imageUpdateInvalid, labelAmbiguous, labelInvalid } from '../datasets.errors.ts';
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

/**
 * The keys of labels that are given by their keys or names. What the dataset does not have is the key of a new label.
 * Throws `LABEL_AMBIGUOUS`.
 */
export function keysOf(labels: readonly string[], known: ReadonlyMap<string, readonly string[]>): string[] {
  const keys = labels.map((label) => {
    const [key = label, ...others] = known.get(label) ?? [];
    if (others.length > 0) throw labelAmbiguous(label, [key, ...others]);
    return key;
  });
  return [...new Set(keys)].sort();
}

/** All labels that an update names. */
export function labelsNamedBy({ labels = [], addLabels = [], removeLabels = [] }: ImageUpdate): string[] {
  return [...labels, ...addLabels, ...removeLabels];
}

/**
 * The labels of an image after an update. `known` has the keys of the labels that the update names by key or name.
 *
 * Throws `LABEL_INVALID`, `LABEL_AMBIGUOUS` and `IMAGE_UPDATE_INVALID`.
 */
export function labelsAfter(
  before: readonly string[],
  update: ImageUpdate,
  known: ReadonlyMap<string, readonly string[]>,
): string[] {
  const { labels, addLabels = [], removeLabels = [] } = update;
  if (labels !== undefined && addLabels.length + removeLabels.length > 0) {
    throw imageUpdateInvalid('`labels` cannot be combined with `addLabels` or `removeLabels`.');
  }
  if (labels !== undefined) return keysOf(checkedLabels(labels), known);
  const added = keysOf(checkedLabels(addLabels), known);
  const removed = keysOf(removeLabels, known);
  const both = added.find((label) => removed.includes(label));
  if (both !== undefined) throw imageUpdateInvalid(`The label "${both}" is to be both added and removed.`);
  return checkedLabels([...before.filter((label) => !removed.includes(label)), ...added]);
}
