import { z } from 'zod';

const triple = z.tuple([z.number(), z.number(), z.number()]).readonly();
const size = z.int().min(1).max(4096);

/** How a picture is brought to the square that a network sees. */
export const FITS = ['crop', 'stretch'] as const;
export type Fit = (typeof FITS)[number];

export const INTERPOLATIONS = ['bicubic', 'bilinear'] as const;
export type Interpolation = (typeof INTERPOLATIONS)[number];

const preprocessingSpec = z
  .strictObject({
    /** The shorter side is resized to this many pixels before the centre is cropped. */
    resize: size,
    /** Side of the square crop in pixels: the network's input size. */
    crop: size,
    /** Subtracted from R, G and B on a scale of 0…255. */
    mean: triple,
    /** R, G and B are then divided by these. */
    std: triple.refine((values) => values.every((value) => value > 0), 'must be greater than 0'),
    /** `NCHW`: one channel after the other. `NHWC`: pixel by pixel. */
    layout: z.enum(['NCHW', 'NHWC']),
    /**
     * `crop`, if omitted: as `resize` and `crop` say. `stretch`: both sides are resized to `crop`, whatever the
     * proportions of the picture, and nothing is cut off.
     */
    fit: z.enum(FITS).optional(),
    /** How pixels are computed when a picture is resized; `bicubic` if omitted. */
    interpolation: z.enum(INTERPOLATIONS).optional(),
  })
  .refine(({ resize, crop }) => crop <= resize, 'crop must not be larger than resize');

/** Of weights and activations, in order of preference. */
export const PRECISIONS = ['int8', 'float32'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** File formats of networks, in order of preference. */
export const MODEL_FORMATS = ['onnx', 'tfjs-graph', 'tfjs-layers'] as const;
export type ModelFormat = (typeof MODEL_FORMATS)[number];

const PLAIN_FILE = /^[\w-][\w.-]*$/;
const MODEL_JSON = /^[\w-][\w.-]*\/model\.json$/;

const fileFacts = {
  file: z.string().regex(PLAIN_FILE, 'must be a plain file name'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits'),
  bytes: z.int().positive(),
};

const textTower = z.strictObject({
  /** An ONNX file that gives a text a vector of the same length as a picture, to be compared with it. */
  ...fileFacts,
  /** The `tokenizer.json` of the model, in the format of Hugging Face. */
  tokenizer: z.strictObject(fileFacts),
  /** Name of the input with the ids of the tokens, [N, length]. */
  input: z.string().min(1),
  /** Name of the input that is 1 for tokens and 0 for padding, if there is one. */
  mask: z.string().min(1).optional(),
  output: z.string().min(1),
  /** Tokens per text, including those that mark its beginning and end. */
  length: z.int().min(2).max(4096),
  /** The id that fills a text up to `length`. */
  padding: z.int().min(0),
  /** Whether texts are put in lower case before the tokenizer sees them. */
  lowerCase: z.boolean(),
});

const entry = z.strictObject({
  /** Entries with the same id are the same network in different precisions or formats. */
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]*$/, 'must consist of a-z, 0-9, "." and "-"')
    .max(64),
  revision: z.string().min(1),
  precision: z.enum(PRECISIONS),
  format: z.enum(MODEL_FORMATS).default('onnx'),
  /** Relative to the manifest: a file name, or `folder/model.json` for TensorFlow.js. */
  file: z.string(),
  /** Of the file; for TensorFlow.js, of `model.json` followed by its shards in the order of its weightsManifest. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits'),
  /** Length of everything that `sha256` covers. */
  bytes: z.int().positive(),
  /** Names of the network's input and of the output that is the embedding. */
  input: z.string().min(1),
  output: z.string().min(1),
  /** If a classifier was cut off: the node whose output is used as the features. */
  layer: z.string().min(1).optional(),
  /** Length of an embedding. */
  dimension: z.int().min(1).max(65_536),
  preprocessing: preprocessingSpec,
  /** SPDX identifier. */
  licence: z.string().min(1),
  /** Where the text of the licence is. */
  licenceUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** The recipe by which it was registered. */
  recipe: z.string().min(1).optional(),
  source: z.string().min(1),
  /** The part of the model for text. It is no part of the identity of pictures' embeddings. */
  text: textTower.optional(),
});

/** One entry of a `manifest.json`. */
export const modelManifest = entry.superRefine(({ format, file }, context) => {
  if ((format === 'onnx' ? PLAIN_FILE : MODEL_JSON).test(file)) return;
  const message = format === 'onnx' ? 'must be a plain file name' : 'must be folder/model.json';
  context.addIssue({ code: 'custom', path: ['file'], message });
});

/** The shape of a `manifest.json`. */
export const manifestFile = z.strictObject({ models: z.array(modelManifest) });

/** How a picture is turned into the input of a network. */
export type PreprocessingSpec = Readonly<z.infer<typeof preprocessingSpec>>;

/** The text tower of a network, and its files. */
export type TextTower = Readonly<z.infer<typeof textTower>>;

/**
 * Describes a network: its file, its origin and its input. An entry of a `manifest.json`, where no
 * other has the same id, format and precision.
 */
export type ModelManifest = Readonly<z.infer<typeof modelManifest>>;
