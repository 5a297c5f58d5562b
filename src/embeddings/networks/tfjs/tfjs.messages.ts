import type { PreprocessingSpec } from '../../catalogue/model-manifest.ts';
import type { TfjsBackend } from './tfjs.backend.ts';
import type { TfjsFiles } from './tfjs.model.ts';

/** What a thread of TensorFlow.js is given; the files are already checked. */
export interface TfjsSettings extends TfjsFiles {
  readonly input: string;
  readonly output: string;
  readonly dimension: number;
  readonly preprocessing: PreprocessingSpec;
  readonly threads: number;
  /** The first that works, where it is left out. */
  readonly backend?: TfjsBackend;
}
