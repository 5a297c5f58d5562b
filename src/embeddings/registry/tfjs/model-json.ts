import { z } from 'zod';
import { modelJsonUnreadable } from '../registry.errors.ts';

const name = z.string().min(1);
const dimensions = z.array(z.number().nullable());

const graphNode = z.looseObject({
  name,
  op: z.string(),
  input: z.array(z.string()).default([]),
  attr: z.looseObject({}).default({}),
});

const tensorShape = z.looseObject({
  dim: z.array(z.looseObject({ size: z.coerce.number().default(-1) })).optional(),
});
const signatureEntry = z.looseObject({
  name: name.optional(),
  dtype: z.string().optional(),
  tensorShape: tensorShape.optional(),
});

const layer = z.looseObject({
  class_name: z.string(),
  name: name.optional(),
  config: z.looseObject({
    name,
    batch_input_shape: dimensions.optional(),
    dtype: z.unknown().optional(),
    activation: z.unknown().optional(),
    units: z.number().optional(),
    filters: z.number().optional(),
    kernel_size: z.array(z.number()).optional(),
  }),
  inbound_nodes: z.unknown().optional(),
});

const common = {
  signature: z
    .looseObject({
      inputs: z.record(z.string(), signatureEntry).optional(),
      outputs: z.record(z.string(), signatureEntry).optional(),
    })
    .optional(),
  weightsManifest: z.array(
    z.looseObject({
      paths: z.array(z.string().regex(/^[\w-][\w.-]*$/, 'a shard must be a plain file name')),
      weights: z.array(z.looseObject({ name, shape: z.array(z.number()) })),
    }),
  ),
};

const ends = z.array(z.tuple([name], z.unknown())).optional();

const architecture = z.looseObject({
  class_name: z.string(),
  // In old files, a sequence is just a list of layers.
  config: z.preprocess(
    (config) => (Array.isArray(config) ? { layers: config as unknown[] } : config),
    z.looseObject({ layers: z.array(layer), input_layers: ends, output_layers: ends }),
  ),
});

const modelJson = z.discriminatedUnion('format', [
  z.looseObject({
    format: z.literal('graph-model'),
    modelTopology: z.looseObject({ node: z.array(graphNode) }),
    ...common,
  }),
  z.looseObject({
    format: z.literal('layers-model'),
    // As written by Keras or by TensorFlow.js.
    modelTopology: z.union([
      z.looseObject({ model_config: architecture }).transform(({ model_config }) => model_config),
      architecture,
    ]),
    ...common,
  }),
]);

export type ModelJson = z.infer<typeof modelJson>;
export type GraphJson = Extract<ModelJson, { format: 'graph-model' }>;
export type LayersJson = Extract<ModelJson, { format: 'layers-model' }>;
export type GraphNode = z.infer<typeof graphNode>;
export type Layer = z.infer<typeof layer>;

/** Reads the parts of a `model.json` that matter here. Throws `MODEL_UNREADABLE`. */
export function readModelJson(bytes: Uint8Array): ModelJson {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw modelJsonUnreadable('it is not JSON');
  }
  const parsed = modelJson.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const format = (json as { format?: unknown } | null)?.format;
  if (issue?.path.join('.') === 'format') {
    throw modelJsonUnreadable(`its format is ${JSON.stringify(format)}, not "graph-model" or "layers-model"`);
  }
  // Only the first: a graph may have thousands of nodes.
  throw modelJsonUnreadable([issue?.path.join('.'), issue?.message].filter(Boolean).join(': '));
}

/** The weights files in its folder, in order. */
export function shardNamesOf({ weightsManifest }: ModelJson): string[] {
  return weightsManifest.flatMap(({ paths }) => paths);
}

/** The format as named in manifests. */
export function formatOf({ format }: ModelJson): 'tfjs-graph' | 'tfjs-layers' {
  return format === 'graph-model' ? 'tfjs-graph' : 'tfjs-layers';
}

/** Sizes as in inspections, where `N` stands for the batch and `?` for any other open size. */
export function sizesOf(shape: readonly (number | null)[] | undefined): (number | string)[] | undefined {
  return shape?.map((size, at) => (size === null || size < 0 ? (at === 0 ? 'N' : '?') : size));
}
