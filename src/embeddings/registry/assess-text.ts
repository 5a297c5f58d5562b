import { createHash } from 'node:crypto';
import type { TextFiles } from '../catalogue/model-files.ts';
import type { TextTower } from '../catalogue/model-manifest.ts';
import { modelInvalid } from '../embeddings.errors.ts';
import type { TextFeatureExtractors, TextSpec } from '../networks/text-feature-extractor.port.ts';
import type { NetworkInspection } from './assessed-network.ts';
import { inspectOnnx } from './onnx/inspect-onnx.ts';
import { shapeText } from './onnx/tensor-info.ts';
import type { TextRecipe } from './recipes.ts';
import { modelTextUnfit, modelTrialFailed } from './registry.errors.ts';
import { cosine, SAME } from './trial/try-network.ts';

/** What the user says about a text tower. The rest follows from the recipe and the file. */
export interface TextOptions {
  /** Tokens per text. */
  readonly textLength?: number;
  /** The id that fills a text up; 0 by default. */
  readonly textPadding?: number;
  readonly textOutput?: string;
  readonly textLowerCase?: boolean;
}

interface Subject {
  readonly id: string;
  /** Length of the vectors of pictures. */
  readonly dimension: number;
  readonly recipe?: TextRecipe;
}

const SAMPLES = ['a red shoe', 'two dogs in the snow, photographed from above'] as const;

/**
 * Inspects the text tower of a network and runs it on two texts.
 *
 * Rejects with `MODEL_TEXT_UNFIT`, which says what was found and what was expected, `MODEL_UNREADABLE`,
 * `MODEL_EXTERNAL_DATA` or `MODEL_TRIAL_FAILED`.
 */
export async function assessText(
  files: TextFiles,
  options: TextOptions,
  { id, dimension, recipe }: Subject,
  extractors: TextFeatureExtractors,
): Promise<TextTower> {
  assertTokenizer(files.tokenizer);
  const inspection = inspectOnnx(files.model);
  const spec: TextSpec = {
    ...inputsOf(inspection, options, recipe),
    output: outputOf(inspection, options, dimension, recipe),
    padding: options.textPadding ?? recipe?.padding ?? 0,
    lowerCase: options.textLowerCase ?? recipe?.lowerCase ?? false,
  };
  await tryOut(spec, files, dimension, extractors);
  const [model, tokenizer] = [factsOf(files.model), factsOf(files.tokenizer)];
  return {
    // Named after their content, as the files of networks are.
    ...{ file: `${id}-text-${model.sha256.slice(0, 8)}.onnx`, ...model },
    tokenizer: { file: `${id}-tokenizer-${tokenizer.sha256.slice(0, 8)}.json`, ...tokenizer },
    ...spec,
  };
}

function factsOf(bytes: Uint8Array): { sha256: string; bytes: number } {
  return { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
}

function assertTokenizer(bytes: Uint8Array): void {
  const expected = 'a tokenizer.json in the format of Hugging Face, with a "model"';
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw modelTextUnfit('the tokenizer', expected, 'a file that is not JSON');
  }
  if (typeof json !== 'object' || json === null || !('model' in json)) {
    throw modelTextUnfit('the tokenizer', expected, 'JSON without a "model"');
  }
}

function inputsOf(
  { inputs }: NetworkInspection,
  { textLength }: TextOptions,
  recipe: TextRecipe | undefined,
): Pick<TextSpec, 'input' | 'mask' | 'length'> {
  const mask = inputs.find(({ name }) => /mask/i.test(name));
  const [ids, ...others] = inputs.filter((input) => input !== mask);
  const found = inputs.map(({ name, type, shape }) => `"${name}" ${type} ${shapeText(shape)}`).join(', ');
  const length = textLength ?? recipe?.length ?? fixedLength(ids?.shape?.[1]);
  const shape = `[N, ${length ?? 'length'}]`;
  const withMask = recipe?.mask === false ? '' : `, and perhaps an attention mask of the same shape`;
  const expected = `token ids, int64 or int32 ${shape}${withMask}`;
  const isFit = ({ type, shape: sizes }: (typeof inputs)[number]) =>
    (type === 'int64' || type === 'int32') &&
    sizes?.length === 2 &&
    (typeof sizes[0] === 'string' || sizes[0] === 1) &&
    (typeof sizes[1] === 'string' || length === undefined || sizes[1] === length);
  const fits =
    ids !== undefined &&
    others.length === 0 &&
    isFit(ids) &&
    (mask === undefined || (recipe?.mask !== false && isFit(mask)));
  if (!fits) throw modelTextUnfit('the inputs', expected, found || 'none');
  if (length === undefined) throw modelTextUnfit('the options', '--text-length, such as 77', 'none');
  return { input: ids.name, ...(mask !== undefined && { mask: mask.name }), length };
}

function fixedLength(size: number | string | undefined): number | undefined {
  return typeof size === 'number' ? size : undefined;
}

function outputOf(
  { outputs }: NetworkInspection,
  { textOutput }: TextOptions,
  dimension: number,
  recipe: TextRecipe | undefined,
): string {
  const names = outputs.map(({ name }) => name);
  const [only] = names.length === 1 ? names : [];
  const wanted = textOutput === undefined ? (recipe?.outputs ?? ['text_embeds']) : [textOutput];
  const chosen = wanted.find((name) => names.includes(name)) ?? (textOutput === undefined ? only : undefined);
  const found = outputs.find(({ name }) => name === chosen);
  if (found === undefined) {
    const alternatives = textOutput === undefined ? ' or a single one' : '';
    throw modelTextUnfit('the outputs', `${wanted.join(', ')}${alternatives}`, names.join(', '));
  }
  const last = found.shape?.at(-1);
  const isVector = found.shape === undefined || found.shape.length === 2;
  if (!isVector || (typeof last === 'number' && last !== dimension)) {
    const expected = `[N, ${dimension}], as long as the vectors of pictures`;
    throw modelTextUnfit(`the output "${found.name}"`, expected, shapeText(found.shape));
  }
  return found.name;
}

async function tryOut(
  spec: TextSpec,
  files: TextFiles,
  dimension: number,
  extractors: TextFeatureExtractors,
): Promise<void> {
  const read = () => Promise.resolve(files);
  const extractor = await extractors.makeExtractor({ spec, dimension, file: 'text tower', read });
  try {
    const [one, other] = await extractor.extractFeatures(SAMPLES);
    if (one === undefined || other === undefined || cosine(one, other) > SAME) {
      throw modelTextUnfit('the vectors of two texts', 'different ones', 'the same');
    }
  } catch (error) {
    throw modelInvalid.is(error)
      ? modelTrialFailed(`the text tower fails: ${String(error.details.problem)}`)
      : error;
  } finally {
    await extractor.close();
  }
}
