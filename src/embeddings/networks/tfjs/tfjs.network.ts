import * as tf from '@tensorflow/tfjs-core';
import type { TfjsSettings } from './tfjs.messages.ts';
import { loadModel, Misfit, type TfjsModel } from './tfjs.model.ts';

/** A network in this thread, on the backend that was loaded before. */
export interface TfjsNetwork {
  /** Whether it takes but one picture at a time. */
  readonly onlyOne: boolean;
  /** Input of `count` pictures → `count` × `dimension` numbers. Leaves no tensor behind. */
  run(input: Float32Array, count: number): Float32Array;
}

/** Loads the model and makes one pass. Throws; a `Misfit` where the manifest describes another network. */
export async function openNetwork(settings: TfjsSettings): Promise<TfjsNetwork> {
  const { crop, layout } = settings.preprocessing;
  const sides = layout === 'NCHW' ? [3, crop, crop] : [crop, crop, 3];
  const model = await loadModel(settings);
  if (model.inputs.length !== 1 || model.inputs[0] !== settings.input) {
    throw new Misfit(`it has the inputs ${model.inputs.join(', ')}, not "${settings.input}" alone`);
  }
  const forward = model.upTo(settings.output);
  checkInput(model, sides);

  const run = (data: Float32Array, count: number): Float32Array =>
    tf.tidy(() => {
      const output = forward(tf.tensor(data, [count, ...sides], 'float32'));
      const { shape, dtype } = output;
      if (dtype !== 'float32' || output.size !== count * settings.dimension || shape[0] !== count) {
        throw new Misfit(
          `its output is ${dtype} [${shape.join(', ')}], not float32 [${count}, ${settings.dimension}]`,
        );
      }
      return output.dataSync<'float32'>();
    });
  // Shapes may be left open in the file; one pass tells. It also makes the first query a warm one.
  run(new Float32Array(3 * crop * crop).fill(0.1), 1);
  return { onlyOne: model.shape[0] === 1, run };
}

function checkInput({ dtype, shape }: TfjsModel, sides: readonly number[]): void {
  const sizes = shape.map((size) => (size === -1 ? null : size));
  const fits =
    dtype === 'float32' &&
    sizes.length === 4 &&
    (sizes[0] == null || sizes[0] === 1) &&
    sides.every((side, at) => sizes[at + 1] == null || sizes[at + 1] === side);
  if (fits) return;
  const found = sizes.map((size) => size ?? 'N').join(', ');
  throw new Misfit(`its input is ${dtype} [${found}], not float32 [N, ${sides.join(', ')}]`);
}
