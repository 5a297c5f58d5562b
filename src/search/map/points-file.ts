import type { MapPoints } from './dataset-map.ts';

/** A label that is shown on a map. */
export interface MapLabel {
  readonly key: string;
  readonly name: string;
  /** The number of images on the map that are shown with it. */
  readonly imageCount: number;
}

/** Stands for an image without a label. */
export const NO_LABEL = 0xffff;

export interface LabelledPoints {
  /** The position of each image's label in `labels`, or `NO_LABEL`. */
  readonly indexes: Uint16Array;
  /** Those with the most images first. */
  readonly labels: readonly MapLabel[];
}

/** Chooses one label for each image: of several, the one that most images of the map have. */
export function labelPoints(
  ids: Uint32Array,
  labelsOf: ReadonlyMap<number, readonly string[]>,
  nameOf: (key: string) => string,
): LabelledPoints {
  const sizes = new Map<string, number>();
  for (const id of ids) for (const key of labelsOf.get(id) ?? []) sizes.set(key, (sizes.get(key) ?? 0) + 1);
  const sizeOf = (key: string) => sizes.get(key) ?? 0;
  const counts = new Map<string, number>();
  const chosen = Array.from(ids, (id) => {
    const keys = labelsOf.get(id) ?? [];
    const best = keys.reduce<string | undefined>(
      (most, key) => (most === undefined || sizeOf(key) > sizeOf(most) ? key : most),
      undefined,
    );
    if (best !== undefined) counts.set(best, (counts.get(best) ?? 0) + 1);
    return best;
  });
  const shown = [...counts]
    .sort(([a, most], [b, next]) => next - most || (a < b ? -1 : 1))
    .slice(0, NO_LABEL);
  const positions = new Map(shown.map(([key], at) => [key, at]));
  return {
    indexes: Uint16Array.from(chosen, (key) =>
      key === undefined ? NO_LABEL : (positions.get(key) ?? NO_LABEL),
    ),
    labels: shown.map(([key, imageCount]) => ({ key, name: nameOf(key), imageCount })),
  };
}

/**
 * The points of a map as clients download them, in little-endian order: the number n of images as Uint32, n ids as
 * Uint32, n x and n y as Float32, n positions of labels as Uint16 (65,535 for none), and the labels as JSON in UTF-8 up to
 * the end. Images that no longer exist are left out.
 */
export function pointsFile(
  { ids, places }: MapPoints,
  labelled: LabelledPoints,
  exists: (id: number) => boolean,
): Buffer {
  const present: number[] = [];
  ids.forEach((id, point) => {
    if (exists(id)) present.push(point);
  });
  const count = present.length;
  const labels = Buffer.from(JSON.stringify(labelled.labels));
  const file = Buffer.alloc(4 + 14 * count + labels.length);
  file.writeUInt32LE(count, 0);
  present.forEach((point, at) => {
    file.writeUInt32LE(ids[point]!, 4 + 4 * at);
    file.writeFloatLE(places[2 * point]!, 4 + 4 * (count + at));
    file.writeFloatLE(places[2 * point + 1]!, 4 + 4 * (2 * count + at));
    file.writeUInt16LE(labelled.indexes[point]!, 4 + 12 * count + 2 * at);
  });
  labels.copy(file, 4 + 14 * count);
  return file;
}
