import type { Finish } from './onnx/cut-onnx.ts';
import { shapeText } from './onnx/tensor-info.ts';
import { modelOutputUnfit } from './registry.errors.ts';

/**
 * How a tensor of this shape, found for one picture, becomes one vector a picture.
 *
 * Throws `MODEL_OUTPUT_UNFIT` where there is no obvious way.
 */
export function finishOf(tensor: string, shape: readonly number[]): Finish {
  const [pictures, ...rest] = shape;
  const more = rest.filter((size) => size !== 1);
  if (pictures === 1) {
    if (rest.length === 1) return 'none';
    if (rest.length > 1 && rest.length <= 3 && more.length <= 1) return 'flatten';
    if (rest.length === 2) return 'first-token';
    const [first, second, third] = rest;
    // Maps of features are square; more channels than pixels a side, or fewer, tells nothing.
    if (rest.length === 3 && second === third && first !== second) return 'pool-nchw';
    if (rest.length === 3 && first === second && second !== third) return 'pool-nhwc';
  }
  throw modelOutputUnfit(
    tensor,
    shapeText(shape),
    '[N, D], [N, D, 1, 1], tokens [N, T, D] or a square map [N, D, H, W] or [N, H, W, D]',
  );
}
