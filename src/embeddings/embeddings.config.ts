import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { configSlice, oneOf, setting, text, wholeNumber } from '../config/index.ts';
import type { DatabaseConfig } from '../database/index.ts';
import { PRECISIONS } from './catalogue/model-manifest.ts';

/** The package's own models. The path is the same from `src/embeddings` and `dist/embeddings`. */
export const BUNDLED_MODELS_DIR = fileURLToPath(new URL('../../models/', import.meta.url));

/** The execution providers that builds of ONNX Runtime for Node may have. */
export const EXECUTION_PROVIDERS = ['cpu', 'cuda', 'tensorrt', 'webgpu', 'dml', 'coreml', 'qnn'] as const;
export type ExecutionProvider = (typeof EXECUTION_PROVIDERS)[number];

function providersOf(text: string, context: z.RefinementCtx): readonly ExecutionProvider[] {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const providers = names.flatMap((name) => EXECUTION_PROVIDERS.filter((known) => known === name));
  const problem =
    providers.length < names.length
      ? `expected names out of ${EXECUTION_PROVIDERS.join(', ')}, separated by commas`
      : new Set(names).size < names.length
        ? 'each may be named once'
        : undefined;
  if (problem === undefined) return providers;
  context.addIssue({ code: 'custom', message: problem });
  return z.NEVER;
}

const MEASURED = 'measured (`0`)';
const WHEN_ZERO = 'If `0`, a trial on this machine decides; its result is kept for a week.';

/** Which network runs, and how. Zero and `auto` mean: chosen for this machine. */
export class EmbeddingsConfig extends configSlice(
  { title: 'Embeddings' },
  {
    EMBEDDING_MODEL: setting(z.string().default('fast'), {
      meaning: 'The model of datasets that have no index yet. Changing it does not change existing indexes.',
      values: '`fast`, `best`, or networks joined by `+` and a dimension, such as `efficientnet-lite0@128`',
    }),
    MODELS_DIR: text({
      meaning:
        'The folder of registered models: `manifest.json` and the files it names. It need not exist. The bundled models are always available.',
      values: 'a path',
      shownDefault: '`models/` in the data folder',
    }),
    EMBEDDING_RUNTIME: oneOf(['onnxruntime', 'tfjs'], {
      fallback: 'onnxruntime',
      meaning: 'What runs the networks of new indexes.',
    }),
    TFJS_BACKEND: oneOf(['auto', 'tfjs-node', 'wasm'], {
      fallback: 'auto',
      meaning:
        'What TensorFlow.js computes with. `auto` uses tfjs-node if it works and WebAssembly otherwise.',
    }),
    EMBEDDING_PROVIDERS: setting(z.string().default('cpu').transform(providersOf), {
      meaning:
        'What ONNX Runtime computes with: its execution providers, in order of preference. One that does not work on this machine is skipped for the next in the list, and the log says so; if none works, the service does not start. Single operators that a provider lacks run on the CPU in any case.',
      values: `${EXECUTION_PROVIDERS.map((name) => `\`${name}\``).join(', ')}, separated by commas`,
    }),
    EMBEDDING_PRECISION: oneOf(['auto', ...PRECISIONS], {
      fallback: 'auto',
      meaning:
        'The precision of networks that come in several. `auto` picks one by a short benchmark on first use. Existing indexes keep theirs.',
    }),
    EMBEDDING_SESSIONS: wholeNumber({
      min: 0,
      max: 256,
      fallback: 0,
      shownDefault: MEASURED,
      meaning: `The number of copies of a network that run at the same time. ${WHEN_ZERO}`,
    }),
    EMBEDDING_THREADS: wholeNumber({
      min: 0,
      max: 256,
      fallback: 0,
      shownDefault: MEASURED,
      meaning: `The number of threads within one copy. ${WHEN_ZERO}`,
    }),
    EMBEDDING_BATCH: wholeNumber({
      min: 0,
      max: 256,
      fallback: 0,
      shownDefault: MEASURED,
      meaning: `The maximum number of pictures in one pass. ${WHEN_ZERO}`,
    }),
  },
) {}

/** Absolute path of the folder for registered models: `MODELS_DIR` or, by default, `models/` in the data folder. */
export function userModelsDir(config: EmbeddingsConfig, { LOOKALIKE_DATA_DIR }: DatabaseConfig): string {
  return resolve(config.MODELS_DIR ?? join(LOOKALIKE_DATA_DIR, 'models'));
}
