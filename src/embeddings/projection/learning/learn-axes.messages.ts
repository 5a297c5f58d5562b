import type { AlteredCopies, CopyRecall, CrossValidation } from './choose-stretch.ts';
import type { JudgedGain, Lesson } from './judge-pairs.ts';
import type { PackedPairs } from './judged-pairs.ts';
import type { LabelledSample } from './labelled-sample.ts';
import type { FittedAxes } from '../projection.ts';

// Only erasable TypeScript: worker threads load this file from source.

/** How all of the sample is projected without one fold. */
export interface HoldOut {
  readonly fold: number;
  /** If null, nothing is learnt. */
  readonly stretch: number | null;
  /** Whether to project to the space that the others span, of which there are no more than axes. */
  readonly fromFew: boolean;
}

/** Each message is answered by one `FromLearnWorker`, in order. */
export type ToLearnWorker =
  /** Projects vectors, given row by row, to coordinates that are not scaled. */
  | { readonly kind: 'project'; readonly vectors: Float32Array<ArrayBuffer> }
  /** Gives the thread a sample of such coordinates, to which all that follows refers. */
  | { readonly kind: 'sample'; readonly sample: LabelledSample }
  | { readonly kind: 'validate' }
  /** Searches with copies, under all stretches or what a lesson gives. */
  | { readonly kind: 'recall'; readonly copies: AlteredCopies; readonly lesson?: Lesson }
  | { readonly kind: 'judge'; readonly stretch: number | null; readonly pairs: PackedPairs }
  | { readonly kind: 'learn'; readonly lesson: Lesson }
  | ({ readonly kind: 'hold-out' } & HoldOut);

export type FromLearnWorker =
  | { readonly kind: 'vectors'; readonly vectors: Float32Array<ArrayBuffer> }
  | { readonly kind: 'sampled' }
  | { readonly kind: 'validated'; readonly validation: CrossValidation | undefined }
  | { readonly kind: 'recalled'; readonly recall: CopyRecall }
  | { readonly kind: 'judged'; readonly gain: JudgedGain }
  | { readonly kind: 'learnt'; readonly fitted: FittedAxes };
