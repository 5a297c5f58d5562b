/** What somebody has decided about images that look the same. */
export enum DuplicateDecision {
  NOT_DUPLICATES = 'NOT_DUPLICATES',
  KEEP_ALL = 'KEEP_ALL',
}

export interface DecidedPair {
  readonly id: number;
  /** In ascending order. */
  readonly imageIds: readonly [number, number];
  readonly decision: DuplicateDecision;
  readonly decidedAt: Date;
}
