import * as tf from '@tensorflow/tfjs-core';
import type { PreprocessingSpec } from '../../catalogue/model-manifest.ts';
import type { TfjsBackend } from './tfjs.backend.ts';
import { loadModel, Misfit, type TfjsFiles, type TfjsModel } from './tfjs.model.ts';

/** What a thread of TensorFlow.js is started with. The files are already checked. */
export interface TfjsSettings extends TfjsFiles {
  readonly input: string;
  readonly output: string;
  /** How many numbers the output has for one picture; any number if omitted. */
  readonly dimension?: number;
  readonly preprocessing: PreprocessingSpec;
  readonly threads: number;
  /** If omitted, the first that works. */
  readonly backend?: TfjsBackend;
}

/** A network in this thread, on the backend that was loaded before. */
export interface TfjsNetwork {
  /** Whether it takes only one picture at a time. */
  readonly onlyOne: boolean;
  /** Of the output for one picture. */
  readonly outputShape: readonly number[];
  /** Turns the input of `count` pictures into the numbers of its output. Leaves no tensor behind. */
  forward(input: Float32Array, count: number): Float32Array;
}

/** Loads the model and makes one pass. Rejects with a `Misfit` if it does not match its manifest. */
export async function openNetwork(settings: TfjsSettings): Promise<TfjsNetwork> {
  const { crop, layout } = settings.preprocessing;
  const sides = layout === 'NCHW' ? [3, crop, crop] : [crop, crop, 3];
  const model = await loadModel(settings);
  if (model.inputs.length !== 1 || model.inputs[0] !== settings.input) {
    throw new Misfit(`it has the inputs ${model.inputs.join(', ')}, not just "${settings.input}"`);
  }
  const pass = model.upTo(settings.output);
  checkInput(model, sides);

  let outputShape: readonly number[] = [];
  const forward = (data: Float32Array, count: number): Float32Array =>
    tf.tidy(() => {
      const output = pass(tf.tensor(data, [count, ...sides], 'float32'));
      const { shape, dtype } = output;
      const { dimension = output.size / count } = settings;
      if (dtype !== 'float32' || output.size !== count * dimension || shape[0] !== count) {
        throw new Misfit(
          `its output is ${dtype} [${shape.join(', ')}], not float32 [${count}, ${dimension}]`,
        );
      }
      outputShape = shape;
      return output.dataSync<'float32'>();
    });
  // The file may leave shapes open; one pass reveals them. It also warms the network up for the first query.
  forward(new Float32Array(3 * crop * crop).fill(0.1), 1);
  return { onlyOne: model.shape[0] === 1, outputShape, forward };
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
