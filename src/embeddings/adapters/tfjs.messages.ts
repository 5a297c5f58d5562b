import type { PreprocessingSpec } from '../model-manifest.ts';
import type { TfjsBackend } from './tfjs.backend.ts';

/** What a thread of TensorFlow.js is given. */
export interface TfjsSettings {
  readonly format: 'tfjs-graph' | 'tfjs-layers';
  /** The bytes of model.json, already checked. */
  readonly modelJson: Uint8Array;
  /** The shards one after the other, already checked. */
  readonly weights: ArrayBuffer;
  readonly input: string;
  readonly output: string;
  readonly dimension: number;
  readonly preprocessing: PreprocessingSpec;
  readonly threads: number;
  /** The first that works, where it is left out. */
  readonly backend?: TfjsBackend;
}
