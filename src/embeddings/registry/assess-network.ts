import { tensorFiller } from '../input-tensor.ts';
import type { ModelManifest, PreprocessingSpec } from '../model-manifest.ts';
import type { Pixels } from '../feature-extractor.port.ts';
import { finishOf } from './finish-of.ts';
import type { NetworkOnTrial, NetworkTrial } from './network-trial.port.ts';
import { cutAt, exposing, withBatch, type Cut } from './onnx/cut-onnx.ts';
import { inspectOnnx, type Layout, type OnnxInspection } from './onnx/inspect-onnx.ts';
import { shapeText } from './onnx/tensor-info.ts';
import { preprocessingOf, type PreprocessingOptions } from './preprocessing-options.ts';
import {
  modelDimensionWrong,
  modelFeaturesInvalid,
  modelInputUnfit,
  modelLayoutUnknown,
  modelLayoutWrong,
  modelOutputMissing,
  modelOutputUnfit,
  modelSizeUnknown,
} from './registry.errors.ts';

/** What the user says of a network; the rest is taken from the file. */
export interface NetworkOptions extends PreprocessingOptions {
  /** Side of the square input, pixels. */
  readonly size?: number;
  readonly layout?: Layout;
  /** An output, or a tensor inside the graph, to cut at. */
  readonly output?: string;
  /** What is expected. */
  readonly dimension?: number;
  readonly precision?: ModelManifest['precision'];
}

/** A network made ready: the file, cut where needed, and what a manifest says of it. */
export interface AssessedNetwork extends Pick<
  ModelManifest,
  'precision' | 'input' | 'output' | 'layer' | 'dimension' | 'preprocessing'
> {
  readonly bytes: Uint8Array;
  /** Whether `bytes` are another file than the one given. */
  readonly changed: boolean;
  /** Whether it takes several pictures at once. */
  readonly batches: boolean;
  readonly inspection: OnnxInspection;
}

const LARGEST_DIMENSION = 4096;
/** Rounding brings the features of one picture no further apart. */
const ALIKE = 0.999_999;
/** Closer than rounding may bring the features of different pictures. */
const SAME = 1 - 1e-9;

/**
 * Inspects a network, finds its features, cuts it there and runs it on sample pictures.
 *
 * Rejects with `MODEL_*` errors that say what was found and what was expected.
 */
export async function assessNetwork(
  bytes: Uint8Array,
  options: NetworkOptions,
  trial: NetworkTrial,
  samplesFor: (spec: PreprocessingSpec) => Promise<readonly [Pixels, Pixels]>,
): Promise<AssessedNetwork> {
  const inspection = inspectOnnx(bytes);
  const { input, layout, crop } = inputOf(inspection, options);
  const preprocessing = preprocessingOf(options, crop, layout);
  const samples = tensorsOf(preprocessing, await samplesFor(preprocessing));
  const fixedBatch = inspection.inputs[0]?.shape?.[0];
  if (typeof fixedBatch === 'number' && fixedBatch !== 1) {
    throw modelInputUnfit(`${fixedBatch} pictures at once, always`, 'one, or any number');
  }

  const tensor = outputOf(inspection, options);
  const layer = inspection.layers.find((one) => one.tensor === tensor);
  const shape = await shapeOf(exposing(bytes, [tensor]), trial, input, samples.one, tensor);
  const finish = finishOf(tensor, shape);
  const dimension = dimensionOf(finish, shape);
  checkDimension(tensor, dimension, options);

  const isOutput = inspection.outputs.some(({ name }) => name === tensor);
  const fits = finish === 'none' && isOutput && inspection.outputs.length === 1;
  const cut = (batch?: 'any' | 'one'): Cut =>
    fits
      ? {
          bytes: batch === undefined ? bytes : withBatch(bytes, batch),
          output: tensor,
          layer: layer?.node ?? tensor,
        }
      : cutAt(bytes, tensor, { finish, dimension, batch });

  // As it is where it takes any number; a file for one picture is opened where that gives the same features.
  const alone = await featuresAlone(
    cut(inspection.dynamicBatch ? undefined : 'one'),
    trial,
    input,
    samples,
    dimension,
  );
  const many = cut(inspection.dynamicBatch ? undefined : 'any');
  const batches = await runsInBatches(many, trial, input, samples, alone);
  const ready = batches ? many : cut(fits && !inspection.dynamicBatch ? undefined : 'one');
  return {
    bytes: ready.bytes,
    changed: ready.bytes !== bytes,
    batches,
    input,
    output: ready.output,
    ...(isOutput && finish === 'none' ? {} : { layer: ready.layer }),
    dimension,
    precision: options.precision ?? (inspection.quantised ? 'int8' : 'float32'),
    preprocessing,
    inspection,
  };
}

function inputOf(
  { inputs }: OnnxInspection,
  options: NetworkOptions,
): { input: string; layout: Layout; crop: number } {
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0) {
    const found = inputs.map(({ name, shape }) => `${name} ${shapeText(shape)}`).join(', ');
    throw modelInputUnfit(
      `${inputs.length} inputs (${found})`,
      'one, of pictures: of a model for pictures and text, save the part for pictures alone',
    );
  }
  const text = shapeText(input.shape);
  if (input.type !== 'float32') {
    throw modelInputUnfit(`${input.type} ${text} as "${input.name}"`, 'float32 [N, 3, H, W] or [N, H, W, 3]');
  }
  if (input.shape?.length !== 4) {
    throw modelInputUnfit(`float32 ${text} as "${input.name}"`, '[N, 3, H, W] or [N, H, W, 3]');
  }
  const layout = options.layout ?? input.layout;
  if (layout === undefined) {
    if (input.shape.slice(1).every((size) => typeof size === 'number')) {
      throw modelInputUnfit(`float32 ${text} as "${input.name}"`, '[N, 3, H, W] or [N, H, W, 3]');
    }
    throw modelLayoutUnknown(text);
  }
  const [height, width] = layout === 'NCHW' ? input.shape.slice(2) : input.shape.slice(1, 3);
  const crop = options.size ?? [height, width].find((size) => typeof size === 'number');
  if (crop === undefined) throw modelSizeUnknown(text);
  const expected = layout === 'NCHW' ? [3, crop, crop] : [crop, crop, 3];
  const fits = input.shape.slice(1).every((size, at) => typeof size === 'string' || size === expected[at]);
  if (!fits) throw modelLayoutWrong(text, shapeText(['N', ...expected]), layout);
  return { input: input.name, layout, crop };
}

function outputOf({ layers, outputs }: OnnxInspection, { output }: NetworkOptions): string {
  const found = output ?? layers[0]?.tensor;
  if (found !== undefined) return found;
  throw modelOutputMissing(
    'embedding',
    outputs.map(({ name }) => name),
    [],
  );
}

interface Samples {
  readonly one: Input;
  readonly other: Input;
  readonly both: Input;
}

interface Input {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

function tensorsOf(spec: PreprocessingSpec, pictures: readonly [Pixels, Pixels]): Samples {
  const fill = tensorFiller(spec);
  const size = 3 * spec.crop ** 2;
  const shape = spec.layout === 'NCHW' ? [3, spec.crop, spec.crop] : [spec.crop, spec.crop, 3];
  const data = new Float32Array(2 * size);
  pictures.forEach((pixels, at) => fill(pixels, data.subarray(at * size, (at + 1) * size)));
  return {
    one: { data: data.slice(0, size), shape: [1, ...shape] },
    other: { data: data.slice(size), shape: [1, ...shape] },
    both: { data, shape: [2, ...shape] },
  };
}

async function onTrial<Result>(
  bytes: Uint8Array,
  trial: NetworkTrial,
  work: (network: NetworkOnTrial) => Promise<Result>,
): Promise<Result> {
  const network = await trial.open(bytes);
  try {
    return await work(network);
  } finally {
    await network.close();
  }
}

async function shapeOf(
  bytes: Uint8Array,
  trial: NetworkTrial,
  input: string,
  one: Input,
  tensor: string,
): Promise<readonly number[]> {
  const tensors = await onTrial(bytes, trial, (network) => network.run({ name: input, ...one }, [tensor]));
  const found = tensors.get(tensor);
  if (found?.data === undefined) throw modelOutputUnfit(tensor, found?.type ?? 'not there', 'float32');
  return found.shape;
}

function dimensionOf(finish: string, shape: readonly number[]): number {
  if (finish === 'pool-nchw') return shape[1] ?? 0;
  if (finish === 'first-token' || finish === 'pool-nhwc') return shape.at(-1) ?? 0;
  return shape.slice(1).reduce((product, size) => product * size, 1);
}

function checkDimension(tensor: string, found: number, { dimension }: NetworkOptions): void {
  if (dimension !== undefined && found !== dimension)
    throw modelDimensionWrong(tensor, found, String(dimension));
  if (found < 2 || found > LARGEST_DIMENSION)
    throw modelDimensionWrong(tensor, found, `2 to ${LARGEST_DIMENSION}`);
}

/** The features of each sample by itself, checked. */
async function featuresAlone(
  { bytes, output }: Cut,
  trial: NetworkTrial,
  input: string,
  samples: Samples,
  dimension: number,
): Promise<readonly [Float32Array, Float32Array]> {
  const [one, other] = await onTrial(bytes, trial, async (network) => {
    const run = async (sample: Input) => {
      const found = (await network.run({ name: input, ...sample }, [output])).get(output);
      if (found?.data?.length !== dimension) {
        throw modelOutputUnfit(
          output,
          `${found?.type} ${shapeText(found?.shape)}`,
          `float32 [1, ${dimension}]`,
        );
      }
      return found.data;
    };
    return [await run(samples.one), await run(samples.other)] as const;
  });
  for (const features of [one, other]) {
    if (!features.every(Number.isFinite))
      throw modelFeaturesInvalid('found NaN or infinity, expected numbers');
    if (features.every((value) => value === 0)) throw modelFeaturesInvalid('found only zeros');
  }
  if (cosine(one, other) > SAME) {
    throw modelFeaturesInvalid('found the same for two different pictures, expected different ones');
  }
  return [one, other];
}

/** Whether two pictures at once get the features that each gets alone. */
async function runsInBatches(
  { bytes, output }: Cut,
  trial: NetworkTrial,
  input: string,
  samples: Samples,
  alone: readonly [Float32Array, Float32Array],
): Promise<boolean> {
  try {
    return await onTrial(bytes, trial, async (network) => {
      const data = (await network.run({ name: input, ...samples.both }, [output])).get(output)?.data;
      const { length } = alone[0];
      if (data?.length !== 2 * length) return false;
      // Stricter than for runtimes: where scales are taken from each batch, features depend on their neighbours.
      return alone.every(
        (features, at) => cosine(features, data.subarray(at * length, (at + 1) * length)) > ALIKE,
      );
    });
  } catch {
    // Something within the graph holds to one picture.
    return false;
  }
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let at = 0; at < a.length; at += 1) {
    const [x, y] = [a[at] ?? 0, b[at] ?? 0];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / Math.sqrt(aa * bb);
}
