import { shapeText } from './onnx/tensor-info.ts';
import { modelOutputUnfit } from './registry.errors.ts';

/**
 * How a tensor is turned into one vector per picture.
 *
 * - `none`: it is [N, D] already.
 * - `flatten`: it is [N, D, 1, 1], [N, 1, 1, D] or [N, 1, D].
 * - `first-token`: the first of [N, T, D], which in vision transformers represents the whole picture (CLS).
 * - `pool-nchw`, `pool-nhwc`: the mean over a feature map, [N, D, H, W] or [N, H, W, D].
 */
export type Pooling = 'none' | 'flatten' | 'first-token' | 'pool-nchw' | 'pool-nhwc';

/**
 * The pooling for a tensor that has this shape for one picture, and the length of the resulting vector.
 *
 * Throws `MODEL_OUTPUT_UNFIT` if there is no obvious one.
 */
export function poolingOf(
  tensor: string,
  shape: readonly number[],
): { readonly pooling: Pooling; readonly dimension: number } {
  const [pictures, first, second, third, ...more] = shape;
  if (pictures === 1 && first !== undefined && more.length === 0) {
    if (second === undefined) return { pooling: 'none', dimension: first };
    const rest = shape.slice(1);
    if (rest.filter((size) => size !== 1).length <= 1) {
      return { pooling: 'flatten', dimension: rest.reduce((product, size) => product * size, 1) };
    }
    if (third === undefined) return { pooling: 'first-token', dimension: second };
    // Feature maps are square. Whether there are more channels than pixels along a side says nothing.
    if (second === third && first !== second) return { pooling: 'pool-nchw', dimension: first };
    if (first === second && second !== third) return { pooling: 'pool-nhwc', dimension: third };
  }
  throw modelOutputUnfit(
    tensor,
    shapeText(shape),
    '[N, D], [N, D, 1, 1], tokens [N, T, D] or a square map [N, D, H, W] or [N, H, W, D]',
  );
}
