import type { PreprocessingSpec } from '../../catalogue/model-manifest.ts';

export interface WorkerSettings {
  /** The model file's bytes, already checked. */
  readonly model: Uint8Array;
  readonly input: string;
  readonly output: string;
  readonly dimension: number;
  readonly preprocessing: PreprocessingSpec;
  readonly threads: number;
}
