import type { Interval } from '../../../common/bootstrap.ts';

// Only erasable TypeScript: worker threads load this file from source.

/** Why a projection learns from labels, or does not. */
export const LearningReason = {
  /** It finds significantly more images of the same label, and altered copies as well as before. */
  GAIN: 'GAIN',
  /** Fewer than two labels have a handful of images each. */
  TOO_FEW_LABELS: 'TOO_FEW_LABELS',
  /** At no strength did it find significantly more images of the same label. */
  NO_GAIN: 'NO_GAIN',
  /** Wherever it found significantly more images of the same label, it lost too many altered copies. */
  COPIES_LOST: 'COPIES_LOST',
  /** Labels do not help, but what people found relevant does: see `Learning.feedback`. */
  FEEDBACK: 'FEEDBACK',
  /** None of the pictures could be altered and embedded, so that it could not be tested. */
  NO_COPIES: 'NO_COPIES',
} as const;
export type LearningReason = (typeof LearningReason)[keyof typeof LearningReason];

/** What a stretch would bring, or has brought. */
export interface LearningFigures {
  /** The share of the ten nearest images that share a label, cross-validated, without labels. */
  readonly precisionBefore: Interval;
  /** The same with what was learnt: the chosen one, or else the one that gained most. */
  readonly precisionAfter: Interval;
  /** The paired difference, with its interval of 95 %. */
  readonly gain: Interval;
}

/** How altered copies of pictures are found. */
export interface CopyFigures {
  /** The number of altered copies. */
  readonly copies: number;
  /** The share of them whose picture is found first, without labels. */
  readonly recallBefore: number;
  /** The same with what was learnt. */
  readonly recallAfter: number;
}

/** What images that people found relevant would bring, or have brought, beyond labels. */
export interface FeedbackFigures {
  /** The number of pairs of a query and an image that was found relevant to it. */
  readonly pairs: number;
  /** Whether the projection has learnt from them. */
  readonly isUsed: boolean;
  /** The mean reciprocal rank of the images of pairs that were held out, without learning from any. */
  readonly rankBefore: Interval;
  /** The same with what the other pairs have taught. */
  readonly rankAfter: Interval;
  /** The paired difference, with its interval of 95 %. */
  readonly gain: Interval;
}

/** What came of learning a projection from labels. */
export interface Learning {
  /** Milliseconds since the epoch. */
  readonly decidedAt: number;
  /** How far directions that tell labels apart are stretched; 1 whitens only, and null leaves the principal axes as they are. */
  readonly stretch: number | null;
  /** The number of labels with at least a handful of images. */
  readonly labels: number;
  /** The number of images with at least one of these labels. */
  readonly images: number;
  readonly reason: LearningReason;
  /** Null if there was nothing to compare. */
  readonly precision: LearningFigures | null;
  /** Null if no copies were searched for. */
  readonly recall: CopyFigures | null;
  /** Undefined if there were too few pairs to compare. */
  readonly feedback?: FeedbackFigures;
}
