import type { PreprocessingSpec } from '../catalogue/model-manifest.ts';
import { modelPreprocessingInvalid } from './registry.errors.ts';

type Triple = readonly [number, number, number];

/** What the pictures are like that published networks were trained on (ImageNet), on the scale 0…255. */
const IMAGENET = { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] } as const;

/** What is said of the preprocessing; the rest is assumed. */
export interface PreprocessingOptions {
  /** Of the shorter side before the crop, pixels. By default 256 for each 224 of the crop. */
  readonly resize?: number;
  /** One number for all channels, or one for each of R, G, B. ImageNet's where both are left out. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  /**
   * What the brightest pixel is for `mean` and `std`: 1 or 255. Told from the numbers where it is left
   * out: none above 1 means 1.
   */
  readonly scale?: 1 | 255;
}

/** The preprocessing of a manifest, on 0…255. Throws `MODEL_PREPROCESSING_INVALID`. */
export function preprocessingOf(
  options: PreprocessingOptions,
  crop: number,
  layout: 'NCHW' | 'NHWC',
): PreprocessingSpec {
  const resize = options.resize ?? Math.round((crop * 256) / 224);
  if (resize < crop) {
    throw modelPreprocessingInvalid(`--resize ${resize} is less than the network's input of ${crop} pixels.`);
  }
  return { resize, crop, ...normalisation(options), layout };
}

function normalisation(options: PreprocessingOptions): { mean: Triple; std: Triple } {
  if (options.mean === undefined && options.std === undefined) return IMAGENET;
  if (options.mean === undefined || options.std === undefined) {
    throw modelPreprocessingInvalid('Give both --mean and --std, or neither for those of ImageNet.');
  }
  const mean = triple(options.mean, '--mean');
  const std = triple(options.std, '--std');
  if (std.some((value) => value <= 0)) throw modelPreprocessingInvalid('--std must be above 0.');
  const factor = 255 / (options.scale ?? scaleOf(mean, std));
  return { mean: scaled(mean, factor), std: scaled(std, factor) };
}

function scaleOf(mean: Triple, std: Triple): 1 | 255 {
  if (mean.every((value) => value === 0) && std.every((value) => value === 1)) {
    throw modelPreprocessingInvalid(
      'Mean 0 and deviation 1 say nothing of the scale: add --scale 1 where the network takes 0…1, --scale 255 where it takes 0…255.',
    );
  }
  const small = (values: Triple) => values.every((value) => Math.abs(value) <= 1);
  if (small(std) !== small(mean) && mean.some((value) => value !== 0)) {
    throw modelPreprocessingInvalid(
      `--mean ${mean.join(' ')} and --std ${std.join(' ')} seem to be on different scales. Give both on 0…1 or both on 0…255, or say which with --scale.`,
    );
  }
  return small(std) ? 1 : 255;
}

function triple(values: readonly number[], option: string): Triple {
  const [first, second = first, third = first] = values;
  if ((values.length !== 1 && values.length !== 3) || !values.every(Number.isFinite)) {
    throw modelPreprocessingInvalid(`${option} takes one number, or three for red, green and blue.`);
  }
  return [first, second, third] as Triple;
}

/** Rounded, so that .485 becomes 123.675 and not 123.67499999999998. */
function scaled([red, green, blue]: Triple, factor: number): Triple {
  const times = (value: number) => Number((value * factor).toPrecision(12));
  return [times(red), times(green), times(blue)];
}
