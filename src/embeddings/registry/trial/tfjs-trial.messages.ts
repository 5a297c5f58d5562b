/** One pass, from the input to a node or layer. */
export interface TrialPass {
  readonly data: Float32Array;
  readonly shape: readonly number[];
  readonly output: string;
}

/** The answer to the start, which has no tensor, and to each pass. */
export interface TrialAnswer {
  readonly problem?: string;
  readonly tensor?: {
    readonly type: string;
    readonly shape: number[];
    readonly data: Float32Array | undefined;
  };
}
