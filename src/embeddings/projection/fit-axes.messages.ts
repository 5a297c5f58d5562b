import type { FittedAxes } from './projection.ts';

export interface FitSettings {
  /** Numbers in the vectors. */
  readonly dimension: number;
  /** Axes to find. */
  readonly count: number;
}

export interface MomentsMessage {
  readonly vectors: number;
  readonly sums: Float64Array<ArrayBuffer>;
  readonly products: Float64Array<ArrayBuffer>;
}

/** Each is answered by one `FromFitWorker`, in order. */
export type ToFitWorker =
  | { readonly kind: 'add'; readonly vectors: Float32Array<ArrayBuffer> }
  /** Hands the moments over; nothing may be asked after it. */
  | { readonly kind: 'give' }
  | ({ readonly kind: 'merge' } & MomentsMessage)
  | { readonly kind: 'fit' };

export type FromFitWorker =
  | { readonly kind: 'added' }
  | ({ readonly kind: 'moments' } & MomentsMessage)
  | { readonly kind: 'fitted'; readonly fitted: FittedAxes };
