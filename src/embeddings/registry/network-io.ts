import type { NetworkInspection, NetworkOptions } from './assessed-network.ts';
import { shapeText, type Layout } from './onnx/tensor-info.ts';
import {
  modelInputUnfit,
  modelLayoutUnknown,
  modelLayoutWrong,
  modelOutputMissing,
  modelSizeUnknown,
} from './registry.errors.ts';

/**
 * Determines the only input of a network and the layout of pictures in it.
 *
 * Throws `MODEL_INPUT_UNFIT`, `MODEL_LAYOUT_UNKNOWN`, `MODEL_LAYOUT_WRONG` or `MODEL_SIZE_UNKNOWN`.
 */
export function inputOf(
  { inputs }: Pick<NetworkInspection, 'inputs'>,
  options: Pick<NetworkOptions, 'layout' | 'size'>,
): { input: string; layout: Layout; crop: number } {
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0) {
    const found = inputs.map(({ name, shape }) => `${name} ${shapeText(shape)}`).join(', ');
    throw modelInputUnfit(
      `${inputs.length} inputs (${found})`,
      'a single one for pictures (of a model for pictures and text, export only the part for pictures)',
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
  const fixedBatch = input.shape[0];
  if (typeof fixedBatch === 'number' && fixedBatch !== 1) {
    throw modelInputUnfit(`exactly ${fixedBatch} pictures at once`, 'one or any number');
  }
  const fits = input.shape.slice(1).every((size, at) => typeof size === 'string' || size === expected[at]);
  if (!fits) throw modelLayoutWrong(text, shapeText(['N', ...expected]), layout);
  return { input: input.name, layout, crop };
}

/** The tensor with the features: the one that the options name, or the likeliest. Throws `MODEL_OUTPUT_MISSING`. */
export function outputOf(
  { layers, outputs }: NetworkInspection,
  { output }: Pick<NetworkOptions, 'output'>,
): string {
  const found = output ?? layers[0]?.tensor;
  if (found !== undefined) return found;
  throw modelOutputMissing(
    'embedding',
    outputs.map(({ name }) => name),
    [],
  );
}
