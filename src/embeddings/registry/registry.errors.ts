import { didYouMean, errorsOf } from '../../common/index.ts';

const defineError = errorsOf('Registering models');

const INSPECT = 'Look at the graph, for example in Netron, and give the right option.';

export const modelIdInvalid = defineError({
  code: 'MODEL_ID_INVALID',
  status: null,
  meaning: 'The text cannot be the name of a model.',
  remedy: 'Give an `--id` that consists of a-z, 0-9, "." and "-".',
  message: (id: string) =>
    `"${id}" cannot be the name of a model. Give an --id that consists of a-z, 0-9, "." and "-", such as dinov2-small.`,
  details: (id) => ({ id }),
});

export const modelUnreadable = defineError({
  code: 'MODEL_UNREADABLE',
  status: null,
  meaning: 'The file is not an ONNX model, nor the model.json of a TensorFlow.js model.',
  remedy: 'Check that the model was exported and copied completely.',
  message: (problem: string) =>
    `The file cannot be read as an ONNX model: ${problem}. Check that it was exported and copied completely.`,
  details: (problem) => ({ problem }),
});

export const modelJsonUnreadable = modelUnreadable.variant({
  message: (problem: string) =>
    `The file cannot be read as the model.json of a TensorFlow.js model: ${problem}. Check that it was converted and copied completely.`,
  details: (problem) => ({ problem }),
});

export const modelExternalData = defineError({
  code: 'MODEL_EXTERNAL_DATA',
  status: null,
  meaning: 'The ONNX model keeps weights in a separate file.',
  remedy: 'Save it as one file (in Python: `onnx.save(onnx.load(file), out)`) and add that.',
  message: (tensor: string) =>
    `The model keeps weights ("${tensor}") in a separate file. Save it as one file (in Python: ` +
    'onnx.save(onnx.load(file), out)) and add that.',
  details: (tensor) => ({ tensor }),
});

export const modelInputUnfit = defineError({
  code: 'MODEL_INPUT_UNFIT',
  status: null,
  meaning: 'The network does not take a picture of three channels as its only input.',
  remedy: 'Export the network with a suitable input.',
  message: (found: string, expected: string) =>
    `The network takes ${found}; expected ${expected}. Export the network with a suitable input.`,
  details: (found, expected) => ({ found, expected }),
});

export const modelLayoutUnknown = defineError({
  code: 'MODEL_LAYOUT_UNKNOWN',
  status: null,
  meaning: 'The shape of the input could be NCHW or NHWC.',
  remedy: 'Give the right one with `--layout`.',
  message: (shape: string) => `The input ${shape} could be NCHW or NHWC. Give the right one with --layout.`,
  details: (shape) => ({ shape }),
});

export const modelLayoutWrong = defineError({
  code: 'MODEL_LAYOUT_WRONG',
  status: null,
  meaning: 'The layout given contradicts the shape of the input.',
  remedy: 'Correct `--layout` or `--size`.',
  message: (shape: string, expected: string, layout: string) =>
    `The input of the network is ${shape}, but ${layout} at this size would be ${expected}. Correct --layout or --size.`,
  details: (shape, expected, layout) => ({ found: shape, expected, layout }),
});

export const modelSizeUnknown = defineError({
  code: 'MODEL_SIZE_UNKNOWN',
  status: null,
  meaning: 'The input of the network does not say how large a picture is.',
  remedy: 'Give `--size`, such as 224.',
  message: (shape: string) =>
    `The input ${shape} does not say how large a picture is. Give --size, such as 224.`,
  details: (shape) => ({ shape }),
});

export const modelPreprocessingInvalid = defineError({
  code: 'MODEL_PREPROCESSING_INVALID',
  status: null,
  meaning: 'The options of the preprocessing are out of range or contradict each other.',
  remedy: 'Correct `--size`, `--resize`, `--mean`, `--std` or `--scale` as the message says.',
  message: (problem: string) => problem,
});

export const modelOutputMissing = defineError({
  code: 'MODEL_OUTPUT_MISSING',
  status: null,
  meaning: 'The network has no output or inner tensor of this name.',
  remedy: 'Name one that the message lists with `--output`.',
  message: (output: string, outputs: readonly string[], layers: readonly string[]) =>
    `The network has no output or inner tensor "${output}". Its outputs: ${outputs.join(', ')}. ` +
    `Layers that look like features: ${layers.join(', ') || 'none'}. ${INSPECT}`,
  details: (output, outputs, layers) => ({ output, outputs, layers }),
});

export const modelOutputUnfit = defineError({
  code: 'MODEL_OUTPUT_UNFIT',
  status: null,
  meaning: 'The output does not hold one vector of numbers per picture.',
  remedy: 'Name another one with `--output`.',
  message: (output: string, found: string, expected: string) =>
    `"${output}" is ${found}; expected ${expected}. Name another output with --output. ${INSPECT}`,
  details: (output, found, expected) => ({ output, found, expected }),
});

export const modelDimensionWrong = defineError({
  code: 'MODEL_DIMENSION_WRONG',
  status: null,
  meaning: 'The output does not have as many numbers per picture as expected.',
  remedy: 'Name another one with `--output`, or correct `--dimension`.',
  message: (output: string, found: number, expected: string) =>
    `"${output}" gives ${found} numbers per picture; expected ${expected}. Name another layer with --output.`,
  details: (output, found, expected) => ({ output, found, expected }),
});

export const recipeUnknown = defineError({
  code: 'RECIPE_UNKNOWN',
  status: null,
  meaning: 'No recipe has this name.',
  remedy: 'Use one that `lookalike models recipes` lists, or describe the network with the other options.',
  message: (name: string, known: readonly string[], near: readonly string[]) =>
    `There is no recipe "${name}".${didYouMean(near)} Known: ${known.join(', ')}.`,
  details: (name, known, near) => ({ recipe: name, known, near }),
});

export const modelRecipeUnfit = defineError({
  code: 'MODEL_RECIPE_UNFIT',
  status: null,
  meaning: 'The network is not one that the recipe describes: its input or output differs.',
  remedy: 'Use the recipe of this network, or give the option that differs, such as `--size` or `--output`.',
  message: (recipe: string, part: string, expected: string, found: string) =>
    `The file does not fit the recipe "${recipe}". Of ${part}, expected: ${expected}; found: ${found}. ` +
    'Use the recipe of this network, or give the option that differs, such as --size or --output.',
  details: (recipe, part, expected, found) => ({ recipe, part, expected, found }),
});

export const modelTextUnfit = defineError({
  code: 'MODEL_TEXT_UNFIT',
  status: null,
  meaning: 'The text tower or its tokenizer does not suit the network: an input, output or length differs.',
  remedy: 'Use the text tower of the same model, or give the option that differs, such as `--text-output`.',
  message: (part: string, expected: string, found: string) =>
    `The text tower cannot be used. Of ${part}, expected: ${expected}; found: ${found}. ` +
    'Use the text tower of the same model, or give the option that differs, such as --text-output.',
  details: (part, expected, found) => ({ part, expected, found }),
});

export const modelFeaturesInvalid = defineError({
  code: 'MODEL_FEATURES_INVALID',
  status: null,
  meaning: 'The features of the sample pictures are unusable: not finite, or the same for all of them.',
  remedy: 'Check the preprocessing (`--mean`, `--std`, `--layout`) and the file.',
  message: (problem: string) =>
    `The features of the sample pictures are unusable: ${problem}. ` +
    'Check the preprocessing (--mean, --std, --layout) and the file.',
  details: (problem) => ({ problem }),
});

export const modelTrialFailed = defineError({
  code: 'MODEL_TRIAL_FAILED',
  status: null,
  meaning: 'The network does not run on a sample picture.',
  remedy: 'Export the network again with operators that the runtime supports; the message gives its reason.',
  message: (problem: string) => `The network does not run on a sample picture: ${problem}`,
  details: (problem) => ({ problem }),
});

export const modelExists = defineError({
  code: 'MODEL_EXISTS',
  status: null,
  meaning: 'A different model with this name, format and precision exists.',
  remedy: 'Choose another `--id`, or remove that model first.',
  message: (
    { id, precision, format }: { id: string; precision: string; format: string },
    why: 'bundled' | 'registered',
  ) =>
    why === 'bundled'
      ? `The model "${id}" (${format}, ${precision}) comes with the package and cannot be replaced. Choose another --id.`
      : `There is already a different model "${id}" (${format}, ${precision}), and indexes may depend on it. Choose another ` +
        `--id, or remove it first (lookalike models remove ${id} --precision ${precision} --format ${format}).`,
  details: ({ id, precision, format }) => ({ id, precision, format }),
});

export const modelAmbiguous = defineError({
  code: 'MODEL_AMBIGUOUS',
  status: null,
  meaning: 'Several variants of the model are registered.',
  remedy: 'Choose one with `--precision` or `--format`.',
  message: (id: string, variants: readonly string[]) =>
    `"${id}" has several variants: ${variants.join(', ')}. Choose one with --precision or --format.`,
  details: (id, variants) => ({ id, variants }),
});

export const modelWrongFile = defineError({
  code: 'MODEL_WRONG_FILE',
  status: null,
  meaning: 'The file is not the published one: its length or checksum differs.',
  remedy: 'Fetch it again. To register a file of your own, use `lookalike models add`.',
  message: (
    file: string,
    expected: { bytes: number; sha256: string },
    found: { bytes: number; sha256: string },
  ) =>
    `This is not ${file}: it has ${found.bytes} bytes and the SHA-256 ${found.sha256}; expected ${expected.bytes} bytes ` +
    `and ${expected.sha256}. To register another file, use \`lookalike models add\`.`,
  details: (file, expected, found) => ({
    file,
    expectedBytes: expected.bytes,
    expectedSha256: expected.sha256,
    bytes: found.bytes,
    sha256: found.sha256,
  }),
});

/** No address served the file. Explains how to copy it here by hand. */
export const modelNotFetched = defineError({
  code: 'MODEL_NOT_FETCHED',
  status: null,
  meaning: 'No address that serves the model could be reached, or none gave the right file.',
  remedy: 'Download the file on another machine and run `lookalike models pull MODEL --from FILE`.',
  message: (
    model: { id: string; file: string; bytes: number; sha256: string; urls: readonly string[] },
    tried: readonly { url: string; problem: string }[],
  ) =>
    `${model.file} could not be fetched (${tried.map(({ url, problem }) => `${hostOf(url)}: ${problem}`).join('; ')}). ` +
    `Download ${model.urls[0]} (${model.bytes} bytes, SHA-256 ${model.sha256}) on another machine, copy it here, and run ` +
    `lookalike models pull ${model.id} --from ${model.file}`,
  details: ({ id, file, bytes, sha256, urls }) => ({ model: id, file, bytes, sha256, urls }),
});

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
