import { loadGraphModel, type GraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel, model as cutModel, type LayersModel } from '@tensorflow/tfjs-layers';

/** The model file and its manifest disagree; the message says what was found and what was expected. */
export class Misfit extends Error {}

export interface TfjsFiles {
  readonly format: 'tfjs-graph' | 'tfjs-layers';
  /** The bytes of model.json. */
  readonly modelJson: Uint8Array;
  /** All shards, one after the other. */
  readonly weights: ArrayBuffer;
}

/** A model of either format, loaded into this thread on the backend that was loaded before. */
export interface TfjsModel {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Of the first input, as is `shape`, in which null or -1 stands for an open size. */
  readonly dtype: string | undefined;
  readonly shape: readonly (number | null)[];
  /** The pass from the input to the node or layer of this name, whether or not it is an output. Throws a `Misfit`. */
  upTo(name: string): (input: tf.Tensor) => tf.Tensor;
}

/** Rejects with a `Misfit` if the model has another format, or with what TensorFlow.js says of it. */
export async function loadModel(files: TfjsFiles): Promise<TfjsModel> {
  const json = JSON.parse(new TextDecoder().decode(files.modelJson)) as tf.io.ModelJSON;
  const expected = files.format === 'tfjs-graph' ? 'graph-model' : 'layers-model';
  if (json.format !== expected) throw new Misfit(`its format is ${json.format}, not ${expected}`);
  const source = tf.io.fromMemory({
    format: json.format,
    modelTopology: json.modelTopology,
    ...(json.signature === undefined ? {} : { signature: json.signature }),
    weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
    weightData: files.weights,
  });
  if (expected === 'layers-model') return ofLayers(await loadLayersModel(source));
  const { node: nodes = [] } = json.modelTopology as { node?: { name?: string }[] };
  return ofGraph(await loadGraphModel(source), new Set(nodes.map(({ name }) => name)));
}

function ofGraph(model: GraphModel, nodes: ReadonlySet<string | undefined>): TfjsModel {
  const [input] = model.inputs;
  if (input === undefined) throw new Misfit('it has no input');
  const outputs = model.outputs.map(({ name }) => name);
  return {
    inputs: model.inputs.map(({ name }) => name),
    outputs,
    dtype: input.dtype,
    shape: input.shape ?? [],
    upTo: (name) => {
      if (!nodes.has(name))
        throw new Misfit(`it has the outputs ${outputs.join(', ')} and no node "${name}"`);
      return (tensor) => onlyTensor(model.execute({ [input.name]: tensor }, name));
    },
  };
}

function ofLayers(model: LayersModel): TfjsModel {
  const [input] = model.inputs;
  if (input === undefined) throw new Misfit('it has no input');
  return {
    inputs: model.inputNames,
    outputs: model.outputNames,
    dtype: input.dtype,
    shape: input.shape,
    upTo: (name) => {
      const layer = model.layers.find((one) => one.name === name);
      if (layer === undefined) {
        throw new Misfit(`it has the outputs ${model.outputNames.join(', ')} and no layer "${name}"`);
      }
      // The features may be those of a layer before the classifier.
      const cut = cutModel({ inputs: model.inputs, outputs: layer.output });
      return (tensor) => onlyTensor(cut.predict(tensor));
    },
  };
}

function onlyTensor(outputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  const [output] = Array.isArray(outputs) ? outputs : [outputs];
  if (output === undefined) throw new Misfit('it gives no output');
  return output;
}
