import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { configSlice, wholeNumber } from '../config/index.ts';
import type { DatabaseConfig } from '../database/index.ts';
import { PRECISIONS } from './catalogue/model-manifest.ts';

/** The package's own models; the same distance from `src/embeddings` and `dist/embeddings`. */
export const BUNDLED_MODELS_DIR = fileURLToPath(new URL('../../models/', import.meta.url));

/** Which network runs, and how. Zero and `auto` mean: chosen for this machine. */
export class EmbeddingsConfig extends configSlice({
  /** A model spec: what new indexes are made with, see `model-spec.ts`. */
  EMBEDDING_MODEL: z.string().default('fast'),
  /** The folder of further models, `manifest.json` and the files it names; need not exist. */
  MODELS_DIR: z.string().optional(),
  /** What runs the networks of new indexes. */
  EMBEDDING_RUNTIME: z.enum(['onnxruntime', 'tfjs']).default('onnxruntime'),
  /** What TensorFlow.js computes with; `auto`: tfjs-node where it works, WebAssembly otherwise. */
  TFJS_BACKEND: z.enum(['auto', 'tfjs-node', 'wasm']).default('auto'),
  /** Of networks that there are in several. */
  EMBEDDING_PRECISION: z.enum(['auto', ...PRECISIONS]).default('auto'),
  /** Copies of a network that run at the same time. */
  EMBEDDING_SESSIONS: wholeNumber({ min: 0, max: 256, fallback: 0 }),
  /** Threads within one pass of one copy. */
  EMBEDDING_THREADS: wholeNumber({ min: 0, max: 256, fallback: 0 }),
  /** Pictures in one pass, at most. */
  EMBEDDING_BATCH: wholeNumber({ min: 0, max: 256, fallback: 0 }),
}) {}

/** Absolute path of the folder where `models pull` and `models add` put models: `MODELS_DIR`, or within the data folder. */
export function userModelsDir(config: EmbeddingsConfig, { LOOKALIKE_DATA_DIR }: DatabaseConfig): string {
  return resolve(config.MODELS_DIR ?? join(LOOKALIKE_DATA_DIR, 'models'));
}
