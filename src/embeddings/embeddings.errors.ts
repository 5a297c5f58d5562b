import { AppError } from '../common/index.ts';

const REPAIR = {
  package: 'Install the package again.',
  user: 'Correct it or take it out of the folder that MODELS_DIR names (by default models/ in the data folder), or register the model again with `lookalike models add` or `lookalike models pull`.',
} as const;

/** Whose folder of models it is about. */
export type ModelsOwner = keyof typeof REPAIR;

export const modelManifestInvalid = (problem: string, owner: ModelsOwner) =>
  new AppError(
    'MODEL_MANIFEST_INVALID',
    `manifest.json of the ${owner === 'package' ? "package's" : 'registered'} models is no good: ${problem}. ${REPAIR[owner]}`,
    { problem },
  );

export const modelUnknown = (model: string, known: readonly string[]) =>
  new AppError(
    'MODEL_UNKNOWN',
    `There is no model "${model}". Known are: ${known.join(', ')}. ` +
      'Others are registered with `lookalike models pull` or `lookalike models add`.',
    { model, known },
  );

export const variantUnknown = (
  model: string,
  { format, precision }: { readonly format?: string; readonly precision?: string },
  known: readonly string[],
) =>
  new AppError(
    'MODEL_UNKNOWN',
    `The model "${model}" is not there as ${[format, precision].filter(Boolean).join(' ')}, only as: ${known.join(', ')}. ` +
      'Choose EMBEDDING_RUNTIME and EMBEDDING_PRECISION that fit, or register the variant.',
    { model, format: format ?? null, precision: precision ?? null, known },
  );

export const modelSpecInvalid = (spec: string, problem: string, names: readonly string[]) =>
  new AppError(
    'MODEL_SPEC_INVALID',
    `"${spec}" is no model: ${problem}. A model is written as network or network+network, ` +
      'each network perhaps with its precision (network:int8, network:float32), and perhaps followed by @N ' +
      `to shorten its vectors to N numbers; or it is one of the names ${names.join(', ')}.`,
    { model: spec, names },
  );

export const projectionTooLarge = (spec: string, dimension: number) =>
  new AppError(
    'MODEL_SPEC_INVALID',
    `"${spec}" is no model: its networks give ${dimension} numbers, and what follows "@" must be smaller. ` +
      'Write a smaller number, or leave "@" out.',
    { model: spec, dimension },
  );

export const modelNotLoaded = (model: string) =>
  new AppError(
    'MODEL_NOT_LOADED',
    `The model ${model} is not installed any more. Register it again, or build the index with another model.`,
    { model },
  );

export const modelChanged = (model: string, expected: string, found: string) =>
  new AppError(
    'MODEL_CHANGED',
    `The model ${model} is another one than an index was built with: same name, other file or preprocessing ` +
      `(${found.slice(0, 8)}, not ${expected.slice(0, 8)}). Put the former one back; or register the new one ` +
      'under another id, put the former back, and build the index with the new one.',
    { model, expected, found },
  );

export const projectionMissing = (model: string, digest: string) =>
  new AppError(
    'PROJECTION_MISSING',
    `The projection ${digest.slice(0, 8)} of an index of ${model} is not in the database any more. ` +
      'Build the index again.',
    { model, digest },
  );

export const projectionTooFew = () =>
  new AppError('PROJECTION_TOO_FEW', 'There is no picture to fit a projection on. Import pictures first.');

const RESTORE =
  'Put the file back: for a bundled model install the package again, for another `lookalike models pull` or `lookalike models add` it again.';

export const modelFileMissing = (file: string) =>
  new AppError('MODEL_FILE_MISSING', `The model file ${file} is not in its folder. ${RESTORE}`, { file });

export const modelFileDamaged = (file: string, expected: string, found: string) =>
  new AppError(
    'MODEL_FILE_DAMAGED',
    `The model file ${file} is not the one that the manifest describes: ` +
      `its sha256 is ${found.slice(0, 12)}…, not ${expected.slice(0, 12)}…. ${RESTORE}`,
    { file, expected, found },
  );

export const modelInvalid = (file: string, problem: string) =>
  new AppError(
    'MODEL_INVALID',
    `The model file ${file} does not fit its entry in manifest.json: ${problem}. Correct the entry.`,
    { file, problem },
  );

export const embeddingInvalid = () =>
  new AppError(
    'EMBEDDING_INVALID',
    'The network gave no usable features for this picture (not a number, or only zeros). Leave the picture out.',
  );

export const embeddingUnavailable = (problem: string) =>
  new AppError('EMBEDDING_UNAVAILABLE', `The network stopped working: ${problem}. Try again.`, { problem });

export const regionInvalid = () =>
  new AppError(
    'REGION_INVALID',
    'The region must lie within the picture: x, y, width and height from 0 to 1 as shares of the upright ' +
      'picture, width and height above 0, x + width and y + height at most 1.',
  );

export const tfjsNotInstalled = (missing: readonly string[], specs: readonly string[]) =>
  new AppError(
    'TFJS_NOT_INSTALLED',
    `This model needs TensorFlow.js, which is not installed. Install it beside Lookalike: npm install ${specs.join(' ')}`,
    { missing },
  );
