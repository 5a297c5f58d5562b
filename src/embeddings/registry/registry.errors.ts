import { AppError } from '../../common/index.ts';

const INSPECT = 'Look at the graph, for example in Netron, and give the right option.';

export const modelFileNotFound = (path: string) =>
  new AppError('FILE_NOT_FOUND', `The file ${path} does not exist. Check the path.`, { file: path });

export const modelIdInvalid = (id: string) =>
  new AppError(
    'MODEL_ID_INVALID',
    `"${id}" cannot be the name of a model. Give an --id that consists of a-z, 0-9, "." and "-", such as dinov2-small.`,
    { id },
  );

export const modelUnreadable = (problem: string) =>
  new AppError(
    'MODEL_UNREADABLE',
    `The file cannot be read as an ONNX model: ${problem}. Check that it was exported and copied completely.`,
    { problem },
  );

export const modelJsonUnreadable = (problem: string) =>
  new AppError(
    'MODEL_UNREADABLE',
    `The file cannot be read as the model.json of a TensorFlow.js model: ${problem}. Check that it was converted and copied completely.`,
    { problem },
  );

export const modelExternalData = (tensor: string) =>
  new AppError(
    'MODEL_EXTERNAL_DATA',
    `The model keeps weights ("${tensor}") in a separate file. Save it as one file (in Python: ` +
      'onnx.save(onnx.load(file), out)) and add that.',
    { tensor },
  );

export const modelInputUnfit = (found: string, expected: string) =>
  new AppError(
    'MODEL_INPUT_UNFIT',
    `The network takes ${found}; expected ${expected}. Export the network with a suitable input.`,
    { found, expected },
  );

export const modelLayoutUnknown = (shape: string) =>
  new AppError(
    'MODEL_LAYOUT_UNKNOWN',
    `The input ${shape} could be NCHW or NHWC. Give the right one with --layout.`,
    { shape },
  );

export const modelLayoutWrong = (shape: string, expected: string, layout: string) =>
  new AppError(
    'MODEL_LAYOUT_WRONG',
    `The input of the network is ${shape}, but ${layout} at this size would be ${expected}. Correct --layout or --size.`,
    { found: shape, expected, layout },
  );

export const modelSizeUnknown = (shape: string) =>
  new AppError(
    'MODEL_SIZE_UNKNOWN',
    `The input ${shape} does not say how large a picture is. Give --size, such as 224.`,
    { shape },
  );

export const modelPreprocessingInvalid = (problem: string) =>
  new AppError('MODEL_PREPROCESSING_INVALID', problem);

export const modelOutputMissing = (output: string, outputs: readonly string[], layers: readonly string[]) =>
  new AppError(
    'MODEL_OUTPUT_MISSING',
    `The network has no output or inner tensor "${output}". Its outputs: ${outputs.join(', ')}. ` +
      `Layers that look like features: ${layers.join(', ') || 'none'}. ${INSPECT}`,
    { output, outputs, layers },
  );

export const modelOutputUnfit = (output: string, found: string, expected: string) =>
  new AppError(
    'MODEL_OUTPUT_UNFIT',
    `"${output}" is ${found}; expected ${expected}. Name another output with --output. ${INSPECT}`,
    { output, found, expected },
  );

export const modelDimensionWrong = (output: string, found: number, expected: string) =>
  new AppError(
    'MODEL_DIMENSION_WRONG',
    `"${output}" gives ${found} numbers per picture; expected ${expected}. Name another layer with --output.`,
    { output, found, expected },
  );

export const modelFeaturesInvalid = (problem: string) =>
  new AppError(
    'MODEL_FEATURES_INVALID',
    `The features of the sample pictures are unusable: ${problem}. ` +
      'Check the preprocessing (--mean, --std, --layout) and the file.',
    { problem },
  );

export const modelTrialFailed = (problem: string) =>
  new AppError('MODEL_TRIAL_FAILED', `The network does not run on a sample picture: ${problem}`, { problem });

export const modelExists = (
  { id, precision, format }: { id: string; precision: string; format: string },
  why: 'bundled' | 'registered',
) =>
  new AppError(
    'MODEL_EXISTS',
    why === 'bundled'
      ? `The model "${id}" (${format}, ${precision}) comes with the package and cannot be replaced. Choose another --id.`
      : `There is already a different model "${id}" (${format}, ${precision}), and indexes may depend on it. Choose another ` +
          `--id, or remove it first (lookalike models remove ${id} --precision ${precision} --format ${format}).`,
    { id, precision, format },
  );

/** About removing: only the user's own models can be removed. */
export const modelNotRegistered = (id: string, known: readonly string[]) =>
  new AppError(
    'MODEL_UNKNOWN',
    `No model "${id}" is registered in the models folder. Registered: ${known.join(', ') || 'none'}.`,
    { model: id, known },
  );

export const modelAmbiguous = (id: string, variants: readonly string[]) =>
  new AppError(
    'MODEL_AMBIGUOUS',
    `"${id}" has several variants: ${variants.join(', ')}. Choose one with --precision or --format.`,
    { id, variants },
  );

/** About pulling by name. */
export const modelNotPublished = (id: string, known: readonly string[]) =>
  new AppError(
    'MODEL_UNKNOWN',
    `No model "${id}" can be pulled by name. Known: ${known.join(', ')}. Add others with \`lookalike models add FILE\`.`,
    { model: id, known },
  );

export const modelWrongFile = (
  file: string,
  expected: { bytes: number; sha256: string },
  found: { bytes: number; sha256: string },
) =>
  new AppError(
    'MODEL_WRONG_FILE',
    `This is not ${file}: it has ${found.bytes} bytes and the SHA-256 ${found.sha256}; expected ${expected.bytes} bytes ` +
      `and ${expected.sha256}. To register another file, use \`lookalike models add\`.`,
    {
      file,
      expectedBytes: expected.bytes,
      expectedSha256: expected.sha256,
      bytes: found.bytes,
      sha256: found.sha256,
    },
  );

/** No address served the file. Explains how to copy it here by hand. */
export const modelNotFetched = (
  model: { id: string; file: string; bytes: number; sha256: string; urls: readonly string[] },
  tried: readonly { url: string; problem: string }[],
) =>
  new AppError(
    'MODEL_NOT_FETCHED',
    `${model.file} could not be fetched (${tried.map(({ url, problem }) => `${hostOf(url)}: ${problem}`).join('; ')}). ` +
      `Download ${model.urls[0]} (${model.bytes} bytes, SHA-256 ${model.sha256}) on another machine, copy it here, and run ` +
      `lookalike models pull ${model.id} --from ${model.file}`,
    {
      model: model.id,
      file: model.file,
      bytes: model.bytes,
      sha256: model.sha256,
      urls: model.urls,
    },
  );

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
