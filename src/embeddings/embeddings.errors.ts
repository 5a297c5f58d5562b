import { AppError } from '../common/index.ts';

const REINSTALL = 'Install the package again, or set MODELS_DIR to a folder of intact models.';

export const modelManifestInvalid = (problem: string) =>
  new AppError(
    'MODEL_MANIFEST_INVALID',
    `manifest.json of the models folder is no good: ${problem}. ${REINSTALL}`,
    {
      problem,
    },
  );

export const modelUnknown = (model: string, known: readonly string[]) =>
  new AppError(
    'MODEL_UNKNOWN',
    `There is no model "${model}". Set EMBEDDING_MODEL to one of: ${known.join(', ')}.`,
    { model, known },
  );

export const modelNotLoaded = (model: string, loaded: string) =>
  new AppError(
    'MODEL_NOT_LOADED',
    `This process embeds with ${loaded}, not with ${model}. Set EMBEDDING_MODEL to the model wanted and start again.`,
    { model, loaded },
  );

export const modelFileMissing = (file: string) =>
  new AppError('MODEL_FILE_MISSING', `The model file ${file} is not in the models folder. ${REINSTALL}`, {
    file,
  });

export const modelFileDamaged = (file: string, expected: string, found: string) =>
  new AppError(
    'MODEL_FILE_DAMAGED',
    `The model file ${file} is not the one that the manifest describes: ` +
      `its sha256 is ${found.slice(0, 12)}…, not ${expected.slice(0, 12)}…. ${REINSTALL}`,
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
