import type { MapPoints } from './dataset-map.ts';

/** An image whose neighbours have a label that it has not. */
export interface SuspectLabel {
  readonly imageId: number;
  /** The key of the label that most of the neighbours have. */
  readonly neighbourLabel: string;
  /** The share of the neighbours that have it, above 0.5 to 1. */
  readonly agreement: number;
}

const NEIGHBOURS = 10;
/** Fewer neighbours say nothing. */
const LEAST_NEIGHBOURS = 3;

/**
 * The images most of whose nearest neighbours have a label that they have not, and fewer of them one of their own: the
 * highest agreement first, then the fewest with a label of their own, then by id. `labelsOf` has the keys of every image
 * that still exists. Of a label that only a few images have, only so many neighbours can have it as well, and no more
 * are looked at.
 */
export function suspectLabels(
  { ids, k, neighbours }: MapPoints,
  labelsOf: ReadonlyMap<number, readonly string[]>,
): SuspectLabel[] {
  const sizes = new Map<string, number>();
  for (const id of ids) for (const key of labelsOf.get(id) ?? []) sizes.set(key, (sizes.get(key) ?? 0) + 1);
  const suspects: (SuspectLabel & { readonly own: number })[] = [];
  ids.forEach((imageId, point) => {
    const own = labelsOf.get(imageId) ?? [];
    if (own.length === 0) return;
    const possible = Math.max(...own.map((key) => sizes.get(key) ?? 0)) - 1;
    const wanted = Math.min(NEIGHBOURS, possible);
    const counts = new Map<string, number>();
    let looked = 0;
    let sharing = 0;
    for (let at = point * k; at < (point + 1) * k && looked < wanted; at += 1) {
      const labels = labelsOf.get(ids[neighbours[at]!] ?? 0);
      // Neighbours without a label say nothing about labels.
      if (labels === undefined || labels.length === 0) continue;
      looked += 1;
      if (labels.some((key) => own.includes(key))) sharing += 1;
      for (const key of labels) if (!own.includes(key)) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    if (looked < LEAST_NEIGHBOURS) return;
    let [neighbourLabel, most] = ['', 0];
    for (const [key, count] of counts) {
      if (count > most || (count === most && key < neighbourLabel)) [neighbourLabel, most] = [key, count];
    }
    if (most <= looked / 2 || most <= sharing) return;
    suspects.push({ imageId, neighbourLabel, agreement: most / looked, own: sharing / looked });
  });
  return suspects
    .sort((a, b) => b.agreement - a.agreement || a.own - b.own || a.imageId - b.imageId)
    .map(({ imageId, neighbourLabel, agreement }) => ({ imageId, neighbourLabel, agreement }));
}
