import type { TensorInfo } from '../onnx/tensor-info.ts';
import { sizesOf, type Layer, type LayersJson } from './model-json.ts';
import type { Step, Steps } from './steps.ts';

/** The inputs, outputs and layers of a sequential or functional layers model. */
export function layersOf({ modelTopology }: LayersJson): {
  inputs: TensorInfo[];
  outputs: TensorInfo[];
  steps: Steps;
} {
  const { class_name, config } = modelTopology;
  const layers = new Map(config.layers.map((layer) => [nameOf(layer), layer]));
  const names = [...layers.keys()];
  const isSequence = class_name === 'Sequential';
  const steps = new Map(
    config.layers.map((layer, at): [string, Step] => {
      const sources = isSequence ? names.slice(Math.max(0, at - 1), at) : sourcesOf(layer);
      return [nameOf(layer), stepOf(layer, sources.length === 1 ? sources[0] : undefined)];
    }),
  );

  const first = isSequence ? names.slice(0, 1) : (config.input_layers ?? []).map(([name]) => name);
  const inputs = first.map((name): TensorInfo => {
    const layer = layers.get(name);
    const { dtype, batch_input_shape } = layer?.config ?? {};
    // TensorFlow.js adds an input to a sequence that does not begin with one.
    const isInput = layer?.class_name === 'InputLayer';
    return {
      name: isInput ? name : `${name}_input`,
      type: typeof dtype === 'string' ? dtype : 'float32',
      shape: sizesOf(batch_input_shape),
    };
  });
  const last = isSequence ? names.slice(-1) : (config.output_layers ?? []).map(([name]) => name);
  const outputs = last.map((name): TensorInfo => {
    const { class_name: kind = '', config: settings } = layers.get(name) ?? {};
    const units = kind === 'Dense' ? settings?.units : undefined;
    return { name, type: 'float32', shape: units === undefined ? undefined : ['N', units] };
  });
  return { inputs, outputs, steps };
}

function stepOf(layer: Layer, from: string | undefined): Step {
  const { class_name: operator, config } = layer;
  const common = { name: nameOf(layer), operator, from };
  switch (operator) {
    case 'Dense':
      return { ...common, kind: 'linear', size: config.units };
    case 'Conv2D': {
      const onePixel = config.kernel_size?.every((size) => size === 1) ?? false;
      // With any other activation it is an ordinary layer of the network.
      const plain = config.activation === undefined || config.activation === 'linear';
      return { ...common, kind: onePixel && plain ? 'linear' : 'other', size: config.filters };
    }
    case 'Softmax':
      return { ...common, kind: 'scores' };
    case 'Activation':
      return { ...common, kind: /^(softmax|sigmoid)$/.test(String(config.activation)) ? 'scores' : 'other' };
    case 'GlobalAveragePooling2D':
    case 'GlobalMaxPooling2D':
    case 'AveragePooling2D':
      return { ...common, kind: 'pool' };
    case 'Flatten':
    case 'Reshape':
    case 'Dropout':
      return { ...common, kind: 'passes' };
    default:
      return { ...common, kind: 'other' };
  }
}

/** The layers whose outputs it takes, from `[[["conv", 0, 0, {}]]]`. */
function sourcesOf({ inbound_nodes: nodes }: Layer): string[] {
  if (!Array.isArray(nodes) || nodes.length !== 1 || !Array.isArray(nodes[0])) return [];
  return (nodes[0] as unknown[]).flatMap((source) =>
    Array.isArray(source) && typeof source[0] === 'string' ? [source[0]] : [],
  );
}

function nameOf({ name, config }: Layer): string {
  return name ?? config.name;
}
