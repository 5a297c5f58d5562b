import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { configSlice, wholeNumber } from '../config/index.ts';
import type { DatabaseConfig } from '../database/index.ts';
import { PRECISIONS } from './catalogue/model-manifest.ts';

/** The package's own models. The path is the same from `src/embeddings` and `dist/embeddings`. */
export const BUNDLED_MODELS_DIR = fileURLToPath(new URL('../../models/', import.meta.url));

/** Which networks run, and how. Zero and `auto` leave the choice to a trial on this machine. */
export class EmbeddingsConfig extends configSlice({
  /** A model spec, see `model-spec.ts`: the model that new indexes use by default. */
  EMBEDDING_MODEL: z.string().default('fast'),
  /** A folder of additional models: `manifest.json` and the files it names. Need not exist. */
  MODELS_DIR: z.string().optional(),
  /** The runtime for the networks of new indexes. */
  EMBEDDING_RUNTIME: z.enum(['onnxruntime', 'tfjs']).default('onnxruntime'),
  /** The backend of TensorFlow.js. `auto`: tfjs-node if it works, otherwise WebAssembly. */
  TFJS_BACKEND: z.enum(['auto', 'tfjs-node', 'wasm']).default('auto'),
  /** For networks that are available in more than one precision. */
  EMBEDDING_PRECISION: z.enum(['auto', ...PRECISIONS]).default('auto'),
  /** Copies of each network that run at the same time. */
  EMBEDDING_SESSIONS: wholeNumber({ min: 0, max: 256, fallback: 0 }),
  /** Threads within one pass of a copy. */
  EMBEDDING_THREADS: wholeNumber({ min: 0, max: 256, fallback: 0 }),
  /** The most pictures in one pass. */
  EMBEDDING_BATCH: wholeNumber({ min: 0, max: 256, fallback: 0 }),
}) {}

/** Absolute path of the folder for registered models: `MODELS_DIR` or, by default, `models/` in the data folder. */
export function userModelsDir(config: EmbeddingsConfig, { LOOKALIKE_DATA_DIR }: DatabaseConfig): string {
  return resolve(config.MODELS_DIR ?? join(LOOKALIKE_DATA_DIR, 'models'));
}
