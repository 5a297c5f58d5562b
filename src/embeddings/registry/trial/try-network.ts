import type { PreprocessingSpec } from '../../catalogue/model-manifest.ts';
import type { Pixels } from '../../networks/feature-extractor.port.ts';
import { tensorFiller } from '../../preprocessing/input-tensor.ts';
import type { NetworkOptions } from '../assessed-network.ts';
import { shapeText } from '../onnx/tensor-info.ts';
import {
  modelDimensionWrong,
  modelFeaturesInvalid,
  modelOutputUnfit,
  modelTrialFailed,
} from '../registry.errors.ts';
import type { NetworkOnTrial } from './network-trial.port.ts';

const LARGEST_DIMENSION = 4096;
/** Cosine of the features of one picture in two passes: rounding does not make it smaller than this. */
const ALIKE = 0.999_999;
/** Features of different pictures with a larger cosine do not depend on the picture. */
export const SAME = 1 - 1e-9;

/** The tensors between which a network is run. */
export interface NetworkIo {
  readonly input: string;
  readonly output: string;
}

export interface Samples {
  readonly one: Input;
  readonly other: Input;
  readonly both: Input;
}

export interface Input {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Two pictures as input for a network: each alone, and both together. */
export function sampleInputs(spec: PreprocessingSpec, pictures: readonly [Pixels, Pixels]): Samples {
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

/** The shape of a tensor for one picture. Rejects with `MODEL_OUTPUT_UNFIT` if it is not float32. */
export async function measureShape(
  network: NetworkOnTrial,
  input: string,
  one: Input,
  tensor: string,
): Promise<readonly number[]> {
  const tensors = await network.runPass({ name: input, ...one }, [tensor]);
  const found = tensors.get(tensor);
  if (found?.data === undefined) throw modelOutputUnfit(tensor, found?.type ?? 'missing', 'float32');
  return found.shape;
}

/** Throws `MODEL_DIMENSION_WRONG`. */
export function checkDimension(
  tensor: string,
  found: number,
  { dimension }: Pick<NetworkOptions, 'dimension'>,
): void {
  if (dimension !== undefined && found !== dimension)
    throw modelDimensionWrong(tensor, found, String(dimension));
  if (found < 2 || found > LARGEST_DIMENSION)
    throw modelDimensionWrong(tensor, found, `2 to ${LARGEST_DIMENSION}`);
}

/** The features of each sample alone, checked. Rejects with `MODEL_OUTPUT_UNFIT` or `MODEL_FEATURES_INVALID`. */
export async function featuresAlone(
  network: NetworkOnTrial,
  { input, output }: NetworkIo,
  samples: Samples,
  dimension: number,
): Promise<readonly [Float32Array, Float32Array]> {
  const featuresOf = async (sample: Input) => {
    const found = (await network.runPass({ name: input, ...sample }, [output])).get(output);
    if (found?.data?.length !== dimension) {
      throw modelOutputUnfit(
        output,
        found === undefined ? 'missing' : `${found.type} ${shapeText(found.shape)}`,
        `float32 [1, ${dimension}]`,
      );
    }
    return found.data;
  };
  const alone = [await featuresOf(samples.one), await featuresOf(samples.other)] as const;
  for (const features of alone) {
    if (!features.every(Number.isFinite)) {
      throw modelFeaturesInvalid('they contain NaN or infinity');
    }
    if (features.every((value) => value === 0)) throw modelFeaturesInvalid('they are all zero');
  }
  if (cosine(...alone) > SAME) {
    throw modelFeaturesInvalid('they are the same for two different pictures');
  }
  return alone;
}

/** Whether two pictures in one pass get the features that each gets alone. Rejects with `MODEL_TRIAL_FAILED`. */
export async function givesSameInBatch(
  network: NetworkOnTrial,
  { input, output }: NetworkIo,
  { both }: Samples,
  alone: readonly [Float32Array, Float32Array],
): Promise<boolean> {
  const data = (await network.runPass({ name: input, ...both }, [output])).get(output)?.data;
  const { length } = alone[0];
  if (data?.length !== 2 * length) return false;
  // Stricter than for runtimes: if a network derives scales from each batch, features depend on their neighbours.
  return alone.every(
    (features, at) => cosine(features, data.subarray(at * length, (at + 1) * length)) > ALIKE,
  );
}

/** False if a trial fails with `MODEL_TRIAL_FAILED`, as it does if the graph is fixed to one picture inside. */
export async function unlessTrialFails(trial: Promise<boolean>): Promise<boolean> {
  try {
    return await trial;
  } catch (error) {
    if (modelTrialFailed.is(error)) return false;
    throw error;
  }
}

export function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let at = 0; at < a.length; at += 1) {
    const [x, y] = [a[at]!, b[at]!];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / Math.sqrt(aa * bb);
}
