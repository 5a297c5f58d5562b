import { AppError } from '../../common/index.ts';

const INSPECTED = 'Look at the graph (Netron shows it) and give the right option.';

export const modelFileNotFound = (path: string) =>
  new AppError('FILE_NOT_FOUND', `There is no file ${path}.`, { file: path });

export const modelIdInvalid = (id: string) =>
  new AppError(
    'MODEL_ID_INVALID',
    `"${id}" cannot name a model. Give --id of a-z, 0-9, "." and "-", such as dinov2-small.`,
    { id },
  );

export const modelUnreadable = (problem: string) =>
  new AppError('MODEL_UNREADABLE', `The file is no ONNX model that can be read: ${problem}.`, { problem });

export const modelJsonUnreadable = (problem: string) =>
  new AppError(
    'MODEL_UNREADABLE',
    `The file is no model.json of a TensorFlow.js model that can be read: ${problem}.`,
    { problem },
  );

export const modelExternalData = (tensor: string) =>
  new AppError(
    'MODEL_EXTERNAL_DATA',
    `The file keeps weights ("${tensor}") in another file beside it. Save the model as one file (in Python: ` +
      'onnx.save(onnx.load(file), out)) and add that.',
    { tensor },
  );

export const modelInputUnfit = (found: string, expected: string) =>
  new AppError('MODEL_INPUT_UNFIT', `The network takes ${found}; expected ${expected}.`, { found, expected });

export const modelLayoutUnknown = (shape: string) =>
  new AppError('MODEL_LAYOUT_UNKNOWN', `The input ${shape} may be NCHW or NHWC. Say which with --layout.`, {
    shape,
  });

export const modelLayoutWrong = (shape: string, expected: string, layout: string) =>
  new AppError(
    'MODEL_LAYOUT_WRONG',
    `The input of the network is ${shape}; ${layout} at this size would be ${expected}. Correct --layout or --size.`,
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
    `The network has no output or inner tensor "${output}". Its outputs: ${outputs.join(', ')}; ` +
      `layers that look like features: ${layers.join(', ') || 'none'}. ${INSPECTED}`,
    { output, outputs, layers },
  );

export const modelOutputUnfit = (output: string, found: string, expected: string) =>
  new AppError(
    'MODEL_OUTPUT_UNFIT',
    `"${output}" is ${found}; expected ${expected}. Name another with --output. ${INSPECTED}`,
    { output, found, expected },
  );

export const modelDimensionWrong = (output: string, found: number, expected: string) =>
  new AppError(
    'MODEL_DIMENSION_WRONG',
    `"${output}" gives ${found} numbers a picture; expected ${expected}. Name another layer with --output.`,
    { output, found, expected },
  );

export const modelFeaturesInvalid = (problem: string) =>
  new AppError(
    'MODEL_FEATURES_INVALID',
    `The network gives no usable features on the sample pictures: ${problem}. ` +
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
      ? `The package brings a model "${id}" (${format}, ${precision}) along, which stays as it is. Choose another --id.`
      : `There is another model "${id}" (${format}, ${precision}) already, and indexes may rest on it. Choose another ` +
          `--id, or remove it first (lookalike models remove ${id} --precision ${precision} --format ${format}).`,
    { id, precision, format },
  );

export const modelNotRegistered = (id: string, registered: readonly string[]) =>
  new AppError(
    'MODEL_NOT_REGISTERED',
    `No model "${id}" is registered in the models folder. Registered: ${registered.join(', ') || 'none'}.`,
    { id, registered },
  );

export const modelAmbiguous = (id: string, variants: readonly string[]) =>
  new AppError(
    'MODEL_AMBIGUOUS',
    `"${id}" has several variants: ${variants.join(', ')}. Say which with --precision or --format.`,
    { id, variants },
  );

export const modelNotKnown = (id: string, known: readonly string[]) =>
  new AppError(
    'MODEL_NOT_KNOWN',
    `No public home of a model "${id}" is known. Known: ${known.join(', ')}. Others: lookalike models add FILE.`,
    { id, known },
  );

export const modelWrongFile = (
  file: string,
  expected: { bytes: number; sha256: string },
  found: { bytes: number; sha256: string },
) =>
  new AppError(
    'MODEL_WRONG_FILE',
    `This is not ${file}: it has ${found.bytes} bytes and sha256 ${found.sha256}, where ${expected.bytes} bytes and ` +
      `sha256 ${expected.sha256} are expected. To register another file, use lookalike models add.`,
    {
      file,
      expectedBytes: expected.bytes,
      expectedSha256: expected.sha256,
      bytes: found.bytes,
      sha256: found.sha256,
    },
  );

/** No address gave the file: says how to bring it in by hand. */
export const modelNotFetched = (
  model: { id: string; file: string; bytes: number; sha256: string; urls: readonly string[] },
  tried: readonly { url: string; problem: string }[],
) =>
  new AppError(
    'MODEL_NOT_FETCHED',
    `${model.file} could not be fetched (${tried.map(({ url, problem }) => `${hostOf(url)}: ${problem}`).join('; ')}): ` +
      `fetch ${model.urls[0]} (${model.bytes} bytes, sha256 ${model.sha256}) elsewhere, and give it with ` +
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
