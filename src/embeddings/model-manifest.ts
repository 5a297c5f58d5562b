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

const modelManifest = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, 'must be of a-z, 0-9, "." and "-"'),
  revision: z.string().min(1),
  precision: z.enum(['int8', 'float32']),
  /** File name, beside the manifest. */
  file: z.string().regex(/^[\w-][\w.-]*$/, 'must be a plain file name'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits in lower case'),
  bytes: z.int().positive(),
  /** Names of the network's input and of the output that is the embedding. */
  input: z.string().min(1),
  output: z.string().min(1),
  /** Numbers in an embedding. */
  dimension: z.int().min(1).max(65_536),
  preprocessing: preprocessingSpec,
  /** SPDX identifier. */
  licence: z.string().min(1),
  source: z.string().min(1),
});

/** The shape of `models/manifest.json`. */
export const manifestFile = z.strictObject({ models: z.array(modelManifest).min(1) });

/** How a picture becomes the input of a network. */
export type PreprocessingSpec = Readonly<z.infer<typeof preprocessingSpec>>;

/** What a model file is, where it came from, and how to feed it: one entry of `models/manifest.json`. */
export type ModelManifest = Readonly<z.infer<typeof modelManifest>>;
