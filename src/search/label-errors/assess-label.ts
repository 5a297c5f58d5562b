import { shareLabel, type LabelledNeighbourhood } from '../confidence/labelled-neighbours.ts';

/** An image whose labels its nearest neighbours do not have. */
export interface LabelError {
  readonly imageId: number;
  /** The keys of its labels, none of which is as common among its neighbours as `neighbourLabel`. */
  readonly labels: readonly string[];
  /** The key of the label that most of its neighbours have, by weight. */
  readonly neighbourLabel: string;
  /** The share of its neighbours, by weight, that have `neighbourLabel`; 0 to 1. */
  readonly agreement: number;
  /** The share of its neighbours, by weight, that have none of its labels; 0 to 1. */
  readonly confidence: number;
}

/** The number of neighbours to look at. */
export const LABEL_NEIGHBOURS = 20;
/** Fewer neighbours say nothing. */
const LEAST_NEIGHBOURS = 3;

/**
 * Whether the neighbours of an image disagree with its labels: a label that it has not is more common among them than
 * its own. A neighbour counts as `weightOf` its score, the probability that neighbours with such a score share a label.
 * Undefined if they do not disagree.
 *
 * Of a label that only a few images have, only so many neighbours can have it as well, and no more are looked at.
 * `sizeOf` is the number of images with a label.
 *
 * The confidence is 1 - the "self-confidence" by which C. Northcutt et al. rank label errors ("Confident Learning",
 * 2021), with neighbours in the place of a classifier.
 */
export function assessLabel(
  { imageId, labels, neighbours }: LabelledNeighbourhood,
  weightOf: (score: number) => number,
  sizeOf: (label: string) => number,
): LabelError | undefined {
  const possible = Math.max(...labels.map(sizeOf)) - 1;
  const looked = neighbours.slice(0, Math.min(LABEL_NEIGHBOURS, possible));
  if (looked.length < LEAST_NEIGHBOURS) return undefined;
  let [all, sharing] = [0, 0];
  const weights = new Map<string, number>();
  for (const neighbour of looked) {
    const weight = weightOf(neighbour.score);
    all += weight;
    if (shareLabel(neighbour.labels, labels)) sharing += weight;
    for (const label of neighbour.labels) {
      if (!labels.includes(label)) weights.set(label, (weights.get(label) ?? 0) + weight);
    }
  }
  let [neighbourLabel, most] = ['', 0];
  for (const [label, weight] of weights) {
    if (weight > most || (weight === most && label < neighbourLabel))
      [neighbourLabel, most] = [label, weight];
  }
  if (most <= sharing) return undefined;
  return { imageId, labels, neighbourLabel, agreement: most / all, confidence: 1 - sharing / all };
}

/** The most doubtful first. */
export function byDoubt(a: LabelError, b: LabelError): number {
  return b.confidence - a.confidence || b.agreement - a.agreement || a.imageId - b.imageId;
}
