// Only erasable TypeScript: worker threads load this file from source.

/** A picture with the labels of its image. */
export interface Labelled {
  /** The digest of the picture's file. */
  readonly sha256: string;
  readonly labels: readonly string[];
}

/** A picture with its labels and a vector. */
export interface LabelledVector extends Labelled {
  readonly vector: Float32Array;
}

/** A label counts if at least this many images of the sample have it: fewer say little about how it varies. */
export const HANDFUL = 5;
/** At most this many labels are learnt from, the most frequent ones, which bounds the memory for their means. */
export const MOST_LABELS = 2_000;
/** The number of parts into which a sample is divided for cross-validation. */
export const FOLDS = 5;

/** Labelled vectors in a form that can be handed to a thread, in an order that depends on nothing but their contents. */
export interface LabelledSample {
  /** Length of a vector. */
  readonly dimension: number;
  /** Row by row. */
  readonly vectors: Float32Array<ArrayBuffer>;
  /** The labels of the image in row i are `labels[starts[i]]` to `labels[starts[i + 1] - 1]`. */
  readonly starts: Int32Array<ArrayBuffer>;
  /** Numbers of labels; those below `learnt` are learnt from, the others only tell what is relevant. */
  readonly labels: Int32Array<ArrayBuffer>;
  /** The number of labels to learn from. */
  readonly learnt: number;
  /** The fold of each row, 0 to `FOLDS` - 1. Rows of the same picture share a fold. */
  readonly folds: Uint8Array<ArrayBuffer>;
}

/** Where the rows of a sample come from, in the order of its rows. */
export type SampleOrder = readonly number[];

/** The order of the rows of a sample: by the digest of the picture, then by labels. */
export function sampleOrder(items: readonly Labelled[]): SampleOrder {
  const keys = items.map(({ sha256, labels }) => [sha256, ...labels.toSorted()].join('\0'));
  return items
    .map((_, at) => at)
    .sort((a, b) => (keys[a]! < keys[b]! ? -1 : keys[a]! > keys[b]! ? 1 : a - b));
}

/** The labels to learn from, most frequent first, among those of at least a handful of images. */
export function learntLabels(items: readonly Labelled[]): string[] {
  const counts = new Map<string, number>();
  for (const { labels } of items) {
    for (const label of new Set(labels)) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count >= HANDFUL)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, MOST_LABELS)
    .map(([label]) => label);
}

/** Packs images, given with `order`, and their vectors, given by their places in `items`. */
export function packSample(
  items: readonly Labelled[],
  order: SampleOrder,
  vectorAt: (at: number) => Float32Array,
  dimension: number,
): LabelledSample {
  const numbers = new Map(learntLabels(items).map((label, number) => [label, number]));
  const learnt = numbers.size;
  const sorted = new Float32Array(items.length * dimension);
  const starts = new Int32Array(items.length + 1);
  const folds = new Uint8Array(items.length);
  const labels: number[] = [];
  let [pictures, last] = [-1, ''];
  for (const [row, at] of order.entries()) {
    const item = items[at]!;
    sorted.set(vectorAt(at), row * dimension);
    for (const label of new Set(item.labels.toSorted())) {
      if (!numbers.has(label)) numbers.set(label, numbers.size);
      labels.push(numbers.get(label)!);
    }
    starts[row + 1] = labels.length;
    if (item.sha256 !== last || row === 0) pictures += 1;
    last = item.sha256;
    folds[row] = pictures % FOLDS;
  }
  return { dimension, vectors: sorted, starts, labels: Int32Array.from(labels), learnt, folds };
}

/** The sample with the sets of labels exchanged at random among the images that have labels. */
export function withShuffledLabels(sample: LabelledSample, random: () => number): LabelledSample {
  const { starts, labels } = sample;
  const sets = Array.from({ length: starts.length - 1 }, (_, row) =>
    labels.subarray(starts[row], starts[row + 1]),
  );
  const labelled = sets.filter(({ length }) => length > 0);
  for (let at = labelled.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [labelled[at], labelled[other]] = [labelled[other]!, labelled[at]!];
  }
  let next = 0;
  const shuffledStarts = new Int32Array(starts.length);
  const shuffled = new Int32Array(labels.length);
  for (const [row, own] of sets.entries()) {
    const set = own.length === 0 ? own : labelled[next++]!;
    shuffled.set(set, shuffledStarts[row]);
    shuffledStarts[row + 1] = shuffledStarts[row]! + set.length;
  }
  return { ...sample, starts: shuffledStarts, labels: shuffled };
}

/** The number of rows with a label to learn from. */
export function countLearntFrom({ starts, labels, learnt }: LabelledSample): number {
  let count = 0;
  for (let row = 0; row + 1 < starts.length; row += 1) {
    if (labels.subarray(starts[row], starts[row + 1]).some((label) => label < learnt)) count += 1;
  }
  return count;
}
