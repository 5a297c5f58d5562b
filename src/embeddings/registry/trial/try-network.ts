import type { Pixels } from '../../networks/feature-extractor.port.ts';
import { tensorFiller } from '../../preprocessing/input-tensor.ts';
import type { PreprocessingSpec } from '../../catalogue/model-manifest.ts';
import type { NetworkOptions } from '../assessed-network.ts';
import type { NetworkOnTrial } from './network-trial.port.ts';
import type { Finish } from '../onnx/cut-onnx.ts';
import { shapeText } from '../onnx/tensor-info.ts';
import { modelDimensionWrong, modelFeaturesInvalid, modelOutputUnfit } from '../registry.errors.ts';

const LARGEST_DIMENSION = 4096;
/** Rounding brings the features of one picture no further apart. */
const ALIKE = 0.999_999;
/** Closer than rounding may bring the features of different pictures. */
const SAME = 1 - 1e-9;

/** The tensors between which a network is run. */
export interface Ends {
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

/** Two pictures as the input of a network: each alone, and both. */
export function tensorsOf(spec: PreprocessingSpec, pictures: readonly [Pixels, Pixels]): Samples {
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

/** The shape of a tensor for one picture. Rejects with `MODEL_OUTPUT_UNFIT` where it is no float32. */
export async function shapeOf(
  network: NetworkOnTrial,
  input: string,
  one: Input,
  tensor: string,
): Promise<readonly number[]> {
  const tensors = await network.run({ name: input, ...one }, [tensor]);
  const found = tensors.get(tensor);
  if (found?.data === undefined) throw modelOutputUnfit(tensor, found?.type ?? 'not there', 'float32');
  return found.shape;
}

/** Numbers a picture of a tensor of this shape. */
export function dimensionOf(finish: Finish, shape: readonly number[]): number {
  if (finish === 'pool-nchw') return shape[1] ?? 0;
  if (finish === 'first-token' || finish === 'pool-nhwc') return shape.at(-1) ?? 0;
  return shape.slice(1).reduce((product, size) => product * size, 1);
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

/** The features of each sample by itself, checked. Rejects with `MODEL_OUTPUT_UNFIT` or `MODEL_FEATURES_INVALID`. */
export async function featuresAlone(
  network: NetworkOnTrial,
  { input, output }: Ends,
  samples: Samples,
  dimension: number,
): Promise<readonly [Float32Array, Float32Array]> {
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
  const alone = [await run(samples.one), await run(samples.other)] as const;
  for (const features of alone) {
    if (!features.every(Number.isFinite))
      throw modelFeaturesInvalid('found NaN or infinity, expected numbers');
    if (features.every((value) => value === 0)) throw modelFeaturesInvalid('found only zeros');
  }
  if (cosine(...alone) > SAME) {
    throw modelFeaturesInvalid('found the same for two different pictures, expected different ones');
  }
  return alone;
}

/** Whether two pictures at once get the features that each gets alone. Rejects where that cannot be run. */
export async function runsInBatches(
  network: NetworkOnTrial,
  { input, output }: Ends,
  { both }: Samples,
  alone: readonly [Float32Array, Float32Array],
): Promise<boolean> {
  const data = (await network.run({ name: input, ...both }, [output])).get(output)?.data;
  const { length } = alone[0];
  if (data?.length !== 2 * length) return false;
  // Stricter than for runtimes: where scales are taken from each batch, features depend on their neighbours.
  return alone.every(
    (features, at) => cosine(features, data.subarray(at * length, (at + 1) * length)) > ALIKE,
  );
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
