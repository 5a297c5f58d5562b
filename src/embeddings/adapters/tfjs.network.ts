import { loadGraphModel, type GraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel, model as cutModel, type LayersModel } from '@tensorflow/tfjs-layers';
import type { TfjsSettings } from './tfjs.messages.ts';

/** A network in this thread, on the backend that was loaded before. */
export interface TfjsNetwork {
  /** Whether it takes but one picture at a time. */
  readonly onlyOne: boolean;
  /** Input of `count` pictures → `count` × `dimension` numbers. Leaves no tensor behind. */
  run(input: Float32Array, count: number): Float32Array;
}

/** The model file and its manifest disagree; the message says what was found and what was expected. */
export class Misfit extends Error {}

type Shape = readonly (number | null)[];

/** Loads the model and makes one pass. Throws; a `Misfit` where the manifest describes another network. */
export async function openNetwork(settings: TfjsSettings): Promise<TfjsNetwork> {
  const { crop, layout } = settings.preprocessing;
  const sides = layout === 'NCHW' ? [3, crop, crop] : [crop, crop, 3];
  const { forward, inputShape } =
    settings.format === 'tfjs-graph' ? await graph(settings, sides) : await layers(settings, sides);

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
  return { onlyOne: inputShape[0] === 1, run };
}

interface Loaded {
  readonly forward: (input: tf.Tensor) => tf.Tensor;
  readonly inputShape: Shape;
}

async function graph(settings: TfjsSettings, sides: readonly number[]): Promise<Loaded> {
  const { json, artifacts } = artifactsOf(settings);
  if (json.format !== 'graph-model') throw new Misfit(`its format is ${json.format}, not graph-model`);
  const model: GraphModel = await loadGraphModel(tf.io.fromMemory(artifacts));
  const { input, output } = settings;
  const [found, ...others] = model.inputs;
  if (found?.name !== input || others.length > 0) {
    throw new Misfit(`it has the inputs ${namesOf(model.inputs)}, not "${input}" alone`);
  }
  const nodes = (json.modelTopology as { node?: { name?: string }[] }).node ?? [];
  if (!nodes.some(({ name }) => name === output)) {
    throw new Misfit(`it has the outputs ${namesOf(model.outputs)} and no node "${output}"`);
  }
  const inputShape = (found.shape ?? []).map((size) => (size === -1 ? null : size));
  checkInput(found.dtype, inputShape, sides);
  return { inputShape, forward: (tensor) => only(model.execute({ [input]: tensor }, output)) };
}

async function layers(settings: TfjsSettings, sides: readonly number[]): Promise<Loaded> {
  const { json, artifacts } = artifactsOf(settings);
  if (json.format !== 'layers-model') throw new Misfit(`its format is ${json.format}, not layers-model`);
  const model: LayersModel = await loadLayersModel(tf.io.fromMemory(artifacts));
  const { input, output } = settings;
  if (model.inputNames.length !== 1 || model.inputNames[0] !== input) {
    throw new Misfit(`it has the inputs ${model.inputNames.join(', ')}, not "${input}" alone`);
  }
  const layer = model.layers.find(({ name }) => name === output);
  if (layer === undefined) {
    throw new Misfit(`it has the outputs ${model.outputNames.join(', ')} and no layer "${output}"`);
  }
  const [found] = model.inputs;
  const inputShape = found?.shape ?? [];
  checkInput(found?.dtype, inputShape, sides);
  // The features may be those of a layer before the classifier.
  const cut = cutModel({ inputs: model.inputs, outputs: layer.output });
  return { inputShape, forward: (tensor) => only(cut.predict(tensor)) };
}

function artifactsOf({ modelJson, weights }: TfjsSettings) {
  const json = JSON.parse(new TextDecoder().decode(modelJson)) as tf.io.ModelJSON;
  const artifacts: tf.io.ModelArtifacts = {
    ...(json.format === undefined ? {} : { format: json.format }),
    modelTopology: json.modelTopology,
    ...(json.signature === undefined ? {} : { signature: json.signature }),
    weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
    weightData: weights,
  };
  return { json, artifacts };
}

function checkInput(dtype: string | undefined, shape: Shape, sides: readonly number[]): void {
  const fits =
    dtype === 'float32' &&
    shape.length === 4 &&
    (shape[0] == null || shape[0] === 1) &&
    sides.every((side, at) => shape[at + 1] == null || shape[at + 1] === side);
  if (fits) return;
  const sizes = shape.map((size) => size ?? 'N').join(', ');
  throw new Misfit(`its input is ${dtype} [${sizes}], not float32 [N, ${sides.join(', ')}]`);
}

const namesOf = (tensors: readonly { readonly name: string }[]) => tensors.map(({ name }) => name).join(', ');

function only(outputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  const [output] = Array.isArray(outputs) ? outputs : [outputs];
  if (output === undefined) throw new Misfit('it gives no output');
  return output;
}
