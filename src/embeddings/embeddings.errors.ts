import { didYouMean, errorsOf, nearNames } from '../common/index.ts';

const defineError = errorsOf('Models and embeddings');

const REPAIR = {
  package: 'Reinstall the package.',
  user:
    'Correct it, remove it from the folder of MODELS_DIR (by default models/ in the data folder), or ' +
    'register the model again with `lookalike models add` or `lookalike models pull`.',
} as const;

/** Whose folder of models an error is about. */
export type ModelsOwner = keyof typeof REPAIR;

export const modelManifestInvalid = defineError({
  code: 'MODEL_MANIFEST_INVALID',
  status: 500,
  meaning: 'The manifest.json of a folder of models is invalid.',
  remedy:
    'Correct it, or remove it and register the models again. If it is that of the package, reinstall the package.',
  message: (problem: string, owner: ModelsOwner) =>
    `The manifest.json of the ${owner === 'package' ? "package's" : 'registered'} models is invalid: ${problem}. ${REPAIR[owner]}`,
  details: (problem) => ({ problem }),
});

export const modelUnknown = defineError({
  code: 'MODEL_UNKNOWN',
  status: 400,
  meaning: 'No model has this name, or it is not available in the requested format or precision.',
  remedy:
    'Use one of those that the message lists, or register the model with `lookalike models pull` or `lookalike models add`.',
  message: (model: string, known: readonly string[]) =>
    `There is no model "${model}".${didYouMean(nearNames(model, known))} Available: ${known.join(', ')}. ` +
    'Register others with `lookalike models pull` or `lookalike models add`.',
  details: (model, known) => ({ model, known, near: nearNames(model, known) }),
});

export const variantUnknown = modelUnknown.variant({
  message: (
    model: string,
    { format, precision }: { readonly format?: string; readonly precision?: string },
    known: readonly string[],
  ) =>
    `The model "${model}" is not available as ${[format, precision].filter(Boolean).join(' ')}, only as: ${known.join(', ')}. ` +
    'Change EMBEDDING_RUNTIME or EMBEDDING_PRECISION, or register the missing variant.',
  details: (model, { format, precision }, known) => ({
    model,
    format: format ?? null,
    precision: precision ?? null,
    known,
  }),
});

/** About removing: only the user's own models can be removed. */
export const modelNotRegistered = modelUnknown.variant({
  message: (id: string, known: readonly string[], near: readonly string[]) =>
    `No model "${id}" is registered in the models folder.${didYouMean(near)} Registered: ${known.join(', ') || 'none'}.`,
  details: (id, known, near) => ({ model: id, known, near }),
});

/** About pulling by name. */
export const modelNotPublished = modelUnknown.variant({
  message: (id: string, known: readonly string[]) =>
    `No model "${id}" can be pulled by name.${didYouMean(nearNames(id, known))} Known: ${known.join(', ')}. ` +
    'Add others with `lookalike models add FILE`.',
  details: (id, known) => ({ model: id, known, near: nearNames(id, known) }),
});

export const modelSpecInvalid = defineError({
  code: 'MODEL_SPEC_INVALID',
  status: 400,
  meaning: 'The text does not name a model: it is malformed, or its vector length is out of range.',
  remedy:
    'Write `network`, `network+network` or `network:int8`, optionally followed by `@N` or `@N:labels`; or `fast` or `best`.',
  message: (spec: string, problem: string, names: readonly string[]) =>
    `"${spec}" is not a model: ${problem}. Write network or network+network, where each network may be followed ` +
    'by its precision (network:int8, network:float32) and the whole by @N to shorten the vectors to N ' +
    `numbers, or @N:labels to learn from labels on the way; or use one of the names ${names.join(', ')}.`,
  details: (spec, _problem, names) => ({ model: spec, names }),
});

export const projectionTooLarge = modelSpecInvalid.variant({
  message: (spec: string, dimension: number) =>
    `"${spec}" is not a model: the number after "@" must be smaller than the ${dimension} numbers that its ` +
    'networks produce. Write a smaller number or omit "@".',
  details: (spec, dimension) => ({ model: spec, dimension }),
});

export const modelNotLoaded = defineError({
  code: 'MODEL_NOT_LOADED',
  status: 500,
  meaning: 'An index was built with a model that is no longer installed.',
  remedy: 'Register the model again, or build the index with another one.',
  message: (model: string) =>
    `The model ${model} is no longer installed. Register it again, or build the index with another model.`,
  details: (model) => ({ model }),
});

export const modelChanged = defineError({
  code: 'MODEL_CHANGED',
  status: 500,
  meaning: 'The file or the preprocessing of a model has changed since an index was built with it.',
  remedy: 'Restore the former model, or register the new one under another id and build the index with it.',
  message: (model: string, expected: string, found: string) =>
    `The model ${model} is not the one with which an index was built: its file or preprocessing differs ` +
    `(${found.slice(0, 8)} instead of ${expected.slice(0, 8)}). Restore the former model. To use the new one, ` +
    'register it under another id and build the index with it.',
  details: (model, expected, found) => ({ model, expected, found }),
});

export const projectionMissing = defineError({
  code: 'PROJECTION_MISSING',
  status: 500,
  meaning: 'The projection that an index was built with is no longer in the database.',
  remedy: 'Build the index again.',
  message: (model: string, digest: string) =>
    `The projection ${digest.slice(0, 8)} of an index of ${model} is no longer in the database. ` +
    'Build the index again.',
  details: (model, digest) => ({ model, digest }),
});

export const projectionTooFew = defineError({
  code: 'PROJECTION_TOO_FEW',
  status: 409,
  meaning: 'The dataset has no pictures to fit a projection on.',
  remedy: 'Import some first.',
  message: 'There are no pictures to fit a projection on. Import some first.',
});

const RESTORE =
  'Restore the file: reinstall the package if the model is bundled, otherwise run `lookalike models pull` or ' +
  '`lookalike models add` again.';

export const modelFileMissing = defineError({
  code: 'MODEL_FILE_MISSING',
  status: 500,
  meaning: 'The file of an installed model is missing.',
  remedy: RESTORE,
  message: (file: string) => `The model file ${file} is missing from its folder. ${RESTORE}`,
  details: (file) => ({ file }),
});

export const modelFileDamaged = defineError({
  code: 'MODEL_FILE_DAMAGED',
  status: 500,
  meaning: 'The file of an installed model is not the one that its manifest describes.',
  remedy: RESTORE,
  message: (file: string, expected: string, found: string) =>
    `The model file ${file} is not the one described by the manifest: its SHA-256 is ` +
    `${found.slice(0, 12)}… instead of ${expected.slice(0, 12)}…. ${RESTORE}`,
  details: (file, expected, found) => ({ file, expected, found }),
});

export const modelInvalid = defineError({
  code: 'MODEL_INVALID',
  status: 500,
  meaning: 'The file of a model does not match its entry in manifest.json.',
  remedy: 'Correct the entry, or register the model again.',
  message: (file: string, problem: string) =>
    `The model file ${file} does not match its entry in manifest.json: ${problem}. Correct the entry.`,
  details: (file, problem) => ({ file, problem }),
});

export const executionProviderMissing = defineError({
  code: 'EXECUTION_PROVIDER_MISSING',
  status: null,
  meaning: '`EMBEDDING_PROVIDERS` names something that the installed ONNX Runtime cannot compute with.',
  remedy: 'Remove it from `EMBEDDING_PROVIDERS`, or install a build of onnxruntime-node that has it.',
  message: (provider: string, available: readonly string[]) =>
    `The installed ONNX Runtime has no execution provider "${provider}", which EMBEDDING_PROVIDERS names. ` +
    `It has ${available.join(', ')}. Remove the name, or install a build of onnxruntime-node that has it.`,
  details: (provider, available) => ({ provider, available }),
});

export const executionProviderUnusable = defineError({
  code: 'EXECUTION_PROVIDER_UNUSABLE',
  status: null,
  meaning: 'None of the execution providers in `EMBEDDING_PROVIDERS` works on this machine.',
  remedy: 'Install what the message says is missing, or add `cpu` to the end of `EMBEDDING_PROVIDERS`.',
  message: (tried: readonly { name: string; reason: string }[]) =>
    'None of the execution providers in EMBEDDING_PROVIDERS works on this machine: ' +
    `${tried.map(({ name, reason }) => `${name} (${reason})`).join('; ')}. Install what is missing, or add cpu to the end of the list.`,
  details: (tried) => ({ providers: tried.map(({ name }) => name) }),
});

export const embeddingInvalid = defineError({
  code: 'EMBEDDING_INVALID',
  status: 400,
  meaning: 'The network produced no usable features for this picture or text: NaN, infinity or only zeros.',
  remedy: 'Omit the picture, change the text, or use another model.',
  message:
    'The network produced no usable features for this picture (NaN, infinity or only zeros). Omit the picture.',
});

/** About text. */
export const textEmbeddingInvalid = embeddingInvalid.variant({
  message:
    'The network produced no usable features for this text (NaN, infinity or only zeros). Change the text.',
});

export const textInvalid = defineError({
  code: 'TEXT_INVALID',
  status: 400,
  meaning: 'The text to search with is empty or too long, or a region was given for it.',
  remedy: 'Correct what the message names.',
  message: (problem: string) => `The text cannot be used: ${problem}.`,
});

export const modelHasNoText = defineError({
  code: 'MODEL_HAS_NO_TEXT',
  status: 400,
  meaning: 'The model of the index compares pictures only, so it cannot be searched with text.',
  remedy:
    'Search with a picture, or build the index with a model that has a text tower, registered by `lookalike models add` with `--text`.',
  message: (model: string, networks: readonly string[]) =>
    `The model ${model} cannot be searched with text: ${networks.join(', ')} ${networks.length === 1 ? 'has' : 'have'} no text tower. ` +
    'Search with a picture, or build the index with a model that has one (lookalike models add FILE --text FILE --tokenizer FILE).',
  details: (model, networks) => ({ model, networks }),
});

export const embeddingUnavailable = defineError({
  code: 'EMBEDDING_UNAVAILABLE',
  status: 503,
  meaning: 'The network stopped working.',
  remedy: 'Try again. If it keeps happening, check the log of the server.',
  message: (problem: string) => `The network stopped working: ${problem}. Try again.`,
  details: (problem) => ({ problem }),
});

export const imageUnreadable = defineError({
  code: 'IMAGE_UNREADABLE',
  status: 500,
  meaning: 'The file of a stored picture cannot be read.',
  remedy: 'Check the disk and the permissions of the folder `images`; the log of the server says more.',
  message: (reason: string) =>
    `The picture's file could not be read (${reason}). Check the image store, then build the index again.`,
});

export const regionInvalid = defineError({
  code: 'REGION_INVALID',
  status: 400,
  meaning: 'The region does not lie within the picture.',
  remedy: 'Give `x`, `y`, `width` and `height` as fractions of the upright picture, from 0 to 1.',
  message:
    'The region must lie within the picture. Give x, y, width and height from 0 to 1 as fractions of the ' +
    'upright picture, with width and height greater than 0, and x + width and y + height at most 1.',
});

export const explanationUnavailable = defineError({
  code: 'EXPLANATION_UNAVAILABLE',
  status: 409,
  meaning:
    'The scores of this model cannot be explained: the features of one of its networks are not the mean of a feature map.',
  remedy: 'Use a model whose networks end in global average pooling, such as `fast` or `best`.',
  message: (network: string, problem: string) =>
    `Scores of the network "${network}" cannot be explained: ${problem}. An explanation divides a score among the ` +
    'cells of a feature map, so the network must end in its mean (global average pooling).',
  details: (network, problem) => ({ network, problem }),
});

export const tfjsNotInstalled = defineError({
  code: 'TFJS_NOT_INSTALLED',
  status: 500,
  meaning: 'A model needs TensorFlow.js, which is not installed.',
  remedy: 'Install it beside Lookalike with the command that the message gives.',
  message: (_missing: readonly string[], specs: readonly string[]) =>
    `This model needs TensorFlow.js, which is not installed. Install it beside Lookalike: npm install ${specs.join(' ')}`,
  details: (missing) => ({ missing }),
});
