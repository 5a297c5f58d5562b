import type { Fit, Interpolation, PreprocessingSpec } from '../catalogue/model-manifest.ts';
import { modelPreprocessingInvalid } from './registry.errors.ts';

type Triple = readonly [number, number, number];

/** Of the pictures on which most published networks were trained, on a scale of 0…255. */
const IMAGENET = { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] } as const;

/** What the user says about the preprocessing. The rest is assumed. */
export interface PreprocessingOptions {
  /** Length of the shorter side before the crop, in pixels. By default 256 / 224 of the crop. */
  readonly resize?: number;
  /** One number for all channels, or one each for R, G and B. If both are omitted, those of ImageNet. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  /**
   * The value of the brightest pixel on the scale of `mean` and `std`. If omitted, it is derived from the
   * numbers: 1 if none of them exceeds 1.
   */
  readonly scale?: 1 | 255;
  /** By default, the centre is cropped. */
  readonly fit?: Fit;
  /** By default bicubic. */
  readonly interpolation?: Interpolation;
}

/** The preprocessing for a manifest, on a scale of 0…255. Throws `MODEL_PREPROCESSING_INVALID`. */
export function preprocessingOf(
  options: PreprocessingOptions,
  crop: number,
  layout: 'NCHW' | 'NHWC',
): PreprocessingSpec {
  const { fit = 'crop', interpolation = 'bicubic' } = options;
  if (fit === 'stretch' && options.resize !== undefined && options.resize !== crop) {
    throw modelPreprocessingInvalid(
      `--fit stretch resizes both sides to the network's input of ${crop} pixels, so --resize ${options.resize} has no meaning. Omit one of them.`,
    );
  }
  const resize = options.resize ?? (fit === 'stretch' ? crop : Math.round((crop * 256) / 224));
  if (resize < crop) {
    throw modelPreprocessingInvalid(
      `--resize ${resize} is smaller than the network's input of ${crop} pixels. Give a larger number.`,
    );
  }
  return {
    ...{ resize, crop, ...normalisation(options), layout },
    ...(fit === 'crop' ? {} : { fit }),
    ...(interpolation === 'bicubic' ? {} : { interpolation }),
  };
}

function normalisation(options: PreprocessingOptions): { mean: Triple; std: Triple } {
  if (options.mean === undefined && options.std === undefined) return IMAGENET;
  if (options.mean === undefined || options.std === undefined) {
    throw modelPreprocessingInvalid('Give both --mean and --std, or neither to use those of ImageNet.');
  }
  const mean = triple(options.mean, '--mean');
  const std = triple(options.std, '--std');
  if (std.some((value) => value <= 0)) throw modelPreprocessingInvalid('--std must be greater than 0.');
  const factor = 255 / (options.scale ?? scaleOf(mean, std));
  return { mean: scaled(mean, factor), std: scaled(std, factor) };
}

function scaleOf(mean: Triple, std: Triple): 1 | 255 {
  if (mean.every((value) => value === 0) && std.every((value) => value === 1)) {
    throw modelPreprocessingInvalid(
      'A mean of 0 and a deviation of 1 do not reveal the scale. Add --scale 1 if the network takes 0…1, or --scale 255 if it takes 0…255.',
    );
  }
  const small = (values: Triple) => values.every((value) => Math.abs(value) <= 1);
  if (small(std) !== small(mean) && mean.some((value) => value !== 0)) {
    throw modelPreprocessingInvalid(
      `--mean ${mean.join(' ')} and --std ${std.join(' ')} seem to be on different scales. Give both on 0…1 or both on 0…255, or name the scale with --scale.`,
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

/** Rounded, so that 0.485 becomes 123.675 and not 123.67499999999998. */
function scaled([red, green, blue]: Triple, factor: number): Triple {
  const times = (value: number) => Number((value * factor).toPrecision(12));
  return [times(red), times(green), times(blue)];
}
