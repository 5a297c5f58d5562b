import { createHash } from 'node:crypto';
import type { Image, ImagesService } from '../../datasets/index.ts';
import type { LabelSample } from '../../embeddings/index.ts';

/** The number of images whose labels are remembered. */
const REMEMBERED = 1_000;
/** Labels have changed much once this share of the images is labelled differently, or gone. */
const MUCH = 0.1;

/** Remembers how images of a dataset are labelled, to see later how much that has changed. */
export class LabelSampler {
  private readonly seen: { readonly sha256: string; readonly id: number; readonly labels: number }[] = [];

  add({ sha256, id, labels }: Pick<Image, 'sha256' | 'id' | 'labels'>): void {
    this.seen.push({ sha256, id, labels: numberOf(labels) });
  }

  /** Up to a thousand of the images, chosen by their digests, so that they are spread over the dataset. */
  take(): LabelSample {
    return this.seen
      .toSorted((a, b) => (a.sha256 < b.sha256 ? -1 : a.sha256 > b.sha256 ? 1 : a.id - b.id))
      .slice(0, REMEMBERED)
      .map(({ id, labels }) => [id, labels] as const);
  }
}

/** Whether a notable share of the images is labelled differently now, or has been deleted. */
export async function haveLabelsChanged(
  images: Pick<ImagesService, 'labelKeysOf'>,
  sample: LabelSample,
): Promise<boolean> {
  const now = await images.labelKeysOf(sample.map(([id]) => id));
  const changed = sample.filter(([id, labels]) => {
    const keys = now.get(id);
    return keys === undefined || numberOf(keys) !== labels;
  });
  return changed.length > MUCH * sample.length;
}

/** A number of 32 bits that stands for a set of labels. */
function numberOf(labels: readonly string[]): number {
  return createHash('sha256').update(labels.toSorted().join('\0')).digest().readUInt32BE();
}
