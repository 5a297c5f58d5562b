import { tooManyImages, tooManyUrls, tooManyValues } from '../../datasets.errors.ts';
import type { PutImageInput } from './image-edits.input.ts';

/** Downloads of one request, which are made one after the other. */
export const MAX_URLS = 20;
export const MAX_IMAGES = 1_000;
/** Labels and attributes of all images together. */
const MAX_VALUES = 10_000;

interface Edit {
  readonly labels?: readonly unknown[] | null;
  readonly addLabels?: readonly unknown[] | null;
  readonly removeLabels?: readonly unknown[] | null;
  readonly attributes?: readonly unknown[] | null;
}

/** Throws `TOO_MANY_IMAGES` and `TOO_MANY_VALUES`. */
export function assertImages(edits: readonly Edit[]): void {
  if (edits.length > MAX_IMAGES) throw tooManyImages(MAX_IMAGES);
  let values = 0;
  for (const { labels, addLabels, removeLabels, attributes } of edits) {
    for (const list of [labels, addLabels, removeLabels, attributes]) values += list?.length ?? 0;
  }
  if (values > MAX_VALUES) throw tooManyValues(MAX_VALUES);
}

/** Throws `TOO_MANY_IMAGES`, `TOO_MANY_URLS` and `TOO_MANY_VALUES`. */
export function assertEdits(inputs: readonly PutImageInput[], maxUploads: number): void {
  const urls = inputs.filter(({ url }) => (url ?? null) !== null).length;
  if (urls > MAX_URLS) throw tooManyUrls(MAX_URLS);
  if (inputs.length - urls > maxUploads) throw tooManyImages(maxUploads);
  assertImages(inputs);
}
