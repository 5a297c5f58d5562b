import { AppError } from '../common/index.ts';

const REPAIR = {
  package: 'Reinstall the package.',
  user:
    'Correct it, remove it from the folder of MODELS_DIR (by default models/ in the data folder), or ' +
    'register the model again with `lookalike models add` or `lookalike models pull`.',
} as const;

/** Whose folder of models an error is about. */
export type ModelsOwner = keyof typeof REPAIR;

export const modelManifestInvalid = (problem: string, owner: ModelsOwner) =>
  new AppError(
    'MODEL_MANIFEST_INVALID',
    `The manifest.json of the ${owner === 'package' ? "package's" : 'registered'} models is invalid: ${problem}. ${REPAIR[owner]}`,
    { problem },
  );

export const modelUnknown = (model: string, known: readonly string[]) =>
  new AppError(
    'MODEL_UNKNOWN',
    `There is no model "${model}". Available: ${known.join(', ')}. ` +
      'Register others with `lookalike models pull` or `lookalike models add`.',
    { model, known },
  );

export const variantUnknown = (
  model: string,
  { format, precision }: { readonly format?: string; readonly precision?: string },
  known: readonly string[],
) =>
  new AppError(
    'MODEL_UNKNOWN',
    `The model "${model}" is not available as ${[format, precision].filter(Boolean).join(' ')}, only as: ${known.join(', ')}. ` +
      'Change EMBEDDING_RUNTIME or EMBEDDING_PRECISION, or register the missing variant.',
    { model, format: format ?? null, precision: precision ?? null, known },
  );

export const modelSpecInvalid = (spec: string, problem: string, names: readonly string[]) =>
  new AppError(
    'MODEL_SPEC_INVALID',
    `"${spec}" is not a model: ${problem}. Write network or network+network, where each network may be followed ` +
      'by its precision (network:int8, network:float32) and the whole by @N to shorten the vectors to N ' +
      `numbers; or use one of the names ${names.join(', ')}.`,
    { model: spec, names },
  );

export const projectionTooLarge = (spec: string, dimension: number) =>
  new AppError(
    'MODEL_SPEC_INVALID',
    `"${spec}" is not a model: the number after "@" must be smaller than the ${dimension} numbers that its ` +
      'networks give. Write a smaller number or omit "@".',
    { model: spec, dimension },
  );

export const modelNotLoaded = (model: string) =>
  new AppError(
    'MODEL_NOT_LOADED',
    `The model ${model} is no longer installed. Register it again, or build the index with another model.`,
    { model },
  );

export const modelChanged = (model: string, expected: string, found: string) =>
  new AppError(
    'MODEL_CHANGED',
    `The model ${model} is not the one with which an index was built: its file or preprocessing differs ` +
      `(${found.slice(0, 8)} instead of ${expected.slice(0, 8)}). Restore the former model. To use the new one, ` +
      'register it under another id and build the index with it.',
    { model, expected, found },
  );

export const projectionMissing = (model: string, digest: string) =>
  new AppError(
    'PROJECTION_MISSING',
    `The projection ${digest.slice(0, 8)} of an index of ${model} is no longer in the database. ` +
      'Build the index again.',
    { model, digest },
  );

export const projectionTooFew = () =>
  new AppError('PROJECTION_TOO_FEW', 'There are no pictures to fit a projection on. Import some first.');

const RESTORE =
  'Restore the file: reinstall the package if the model is bundled, otherwise run `lookalike models pull` or ' +
  '`lookalike models add` again.';

export const modelFileMissing = (file: string) =>
  new AppError('MODEL_FILE_MISSING', `The model file ${file} is missing from its folder. ${RESTORE}`, {
    file,
  });

export const modelFileDamaged = (file: string, expected: string, found: string) =>
  new AppError(
    'MODEL_FILE_DAMAGED',
    `The model file ${file} is not the one described by the manifest: its SHA-256 is ` +
      `${found.slice(0, 12)}… instead of ${expected.slice(0, 12)}…. ${RESTORE}`,
    { file, expected, found },
  );

export const modelInvalid = (file: string, problem: string) =>
  new AppError(
    'MODEL_INVALID',
    `The model file ${file} does not match its entry in manifest.json: ${problem}. Correct the entry.`,
    { file, problem },
  );

export const embeddingInvalid = () =>
  new AppError(
    'EMBEDDING_INVALID',
    'The network gave no usable features for this picture (NaN, infinity or only zeros). Omit the picture.',
  );

export const embeddingUnavailable = (problem: string) =>
  new AppError('EMBEDDING_UNAVAILABLE', `The network stopped working: ${problem}. Try again.`, { problem });

export const regionInvalid = () =>
  new AppError(
    'REGION_INVALID',
    'The region must lie within the picture. Give x, y, width and height from 0 to 1 as fractions of the ' +
      'upright picture, with width and height greater than 0, and x + width and y + height at most 1.',
  );

export const tfjsNotInstalled = (missing: readonly string[], specs: readonly string[]) =>
  new AppError(
    'TFJS_NOT_INSTALLED',
    `This model needs TensorFlow.js, which is not installed. Install it beside Lookalike: npm install ${specs.join(' ')}`,
    { missing },
  );
