import { z } from 'zod';

const triple = z.tuple([z.number(), z.number(), z.number()]).readonly();
const size = z.int().min(1).max(4096);

const preprocessingSpec = z
  .strictObject({
    /** The shorter side is resized to this many pixels (bicubic), then the centre is cropped. */
    resize: size,
    /** Side of the square crop, in pixels: the network's input size. */
    crop: size,
    /** Subtracted from each of R, G, B on the scale 0…255. */
    mean: triple,
    /** Divides each of R, G, B after that. */
    std: triple.refine((values) => values.every((value) => value > 0), 'must be above 0'),
    /** `NCHW`: all of red, then green, then blue. `NHWC`: pixel by pixel. */
    layout: z.enum(['NCHW', 'NHWC']),
  })
  .refine(({ resize, crop }) => crop <= resize, 'crop must not be larger than resize');

/** Of weights and activations; the preferred ones first. */
export const PRECISIONS = ['int8', 'float32'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** What kind of file a network lies in; the preferred ones first. */
export const MODEL_FORMATS = ['onnx', 'tfjs-graph', 'tfjs-layers'] as const;
export type ModelFormat = (typeof MODEL_FORMATS)[number];

const PLAIN_FILE = /^[\w-][\w.-]*$/;
const MODEL_JSON = /^[\w-][\w.-]*\/model\.json$/;

const entry = z.strictObject({
  /** Several entries may share it: the same network in other precisions and formats. */
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]*$/, 'must be of a-z, 0-9, "." and "-"')
    .max(64),
  revision: z.string().min(1),
  precision: z.enum(PRECISIONS),
  format: z.enum(MODEL_FORMATS).default('onnx'),
  /** Beside the manifest: a file name, or `folder/model.json` of a TensorFlow.js model. */
  file: z.string(),
  /** Of the file; of a TensorFlow.js model: over `model.json` and then its shards, in the order of its weightsManifest. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits in lower case'),
  /** Of all that `sha256` is over. */
  bytes: z.int().positive(),
  /** Names of the network's input and of the output that is the embedding. */
  input: z.string().min(1),
  output: z.string().min(1),
  /** Where a classifier was cut: the node whose output the features are. */
  layer: z.string().min(1).optional(),
  /** Numbers in an embedding. */
  dimension: z.int().min(1).max(65_536),
  preprocessing: preprocessingSpec,
  /** SPDX identifier. */
  licence: z.string().min(1),
  source: z.string().min(1),
});

/** One entry of a `manifest.json`. */
export const modelManifest = entry.superRefine(({ format, file }, context) => {
  if ((format === 'onnx' ? PLAIN_FILE : MODEL_JSON).test(file)) return;
  const message = format === 'onnx' ? 'must be a plain file name' : 'must be folder/model.json';
  context.addIssue({ code: 'custom', path: ['file'], message });
});

/** The shape of a `manifest.json`. */
export const manifestFile = z.strictObject({ models: z.array(modelManifest) });

/** How a picture becomes the input of a network. */
export type PreprocessingSpec = Readonly<z.infer<typeof preprocessingSpec>>;

/**
 * A network: what its file is, where it came from, and how to feed it. One entry of a `manifest.json`,
 * unique by id, format and precision.
 */
export type ModelManifest = Readonly<z.infer<typeof modelManifest>>;
