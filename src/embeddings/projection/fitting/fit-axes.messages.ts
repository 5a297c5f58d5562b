import type { FittedAxes } from '../projection.ts';

export interface FitSettings {
  /** Length of the vectors. */
  readonly dimension: number;
  /** Number of axes to find. */
  readonly count: number;
}

export interface MomentsMessage {
  readonly vectors: number;
  readonly sums: Float64Array<ArrayBuffer>;
  readonly products: Float64Array<ArrayBuffer>;
}

/** Each message is answered by one `FromFitWorker`, in order. */
export type ToFitWorker =
  | { readonly kind: 'add'; readonly vectors: Float32Array<ArrayBuffer> }
  /** Hands the moments over and must be the last message. */
  | { readonly kind: 'give' }
  | ({ readonly kind: 'merge' } & MomentsMessage)
  | { readonly kind: 'fit' };

export type FromFitWorker =
  | { readonly kind: 'added' }
  | ({ readonly kind: 'moments' } & MomentsMessage)
  | { readonly kind: 'fitted'; readonly fitted: FittedAxes };
