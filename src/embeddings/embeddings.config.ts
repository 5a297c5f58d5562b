import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { configSlice, wholeNumber } from '../config/index.ts';

/** The package's own models; the same distance from `src/embeddings` and `dist/embeddings`. */
const BUNDLED_MODELS = fileURLToPath(new URL('../../models/', import.meta.url));

/** Which network runs, and how. Zero means: chosen for this machine. */
export class EmbeddingsConfig extends configSlice({
  /** `id` of an entry of the manifest. */
  EMBEDDING_MODEL: z.string().default('efficientnet-lite0'),
  /** The folder with `manifest.json` and the files it names. */
  MODELS_DIR: z.string().default(BUNDLED_MODELS),
  /** What runs the network. */
  EMBEDDING_RUNTIME: z.enum(['onnxruntime']).default('onnxruntime'),
  /** Copies of the network that run at the same time. */
  EMBEDDING_SESSIONS: wholeNumber({ min: 0, max: 256, fallback: 0 }),
  /** Threads within one pass of one copy. */
  EMBEDDING_THREADS: wholeNumber({ min: 0, max: 256, fallback: 0 }),
  /** Pictures in one pass, at most. */
  EMBEDDING_BATCH: wholeNumber({ min: 0, max: 256, fallback: 0 }),
}) {}
