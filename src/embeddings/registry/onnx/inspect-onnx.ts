import { featureLayers, type FeatureLayer } from './feature-layers.ts';
import { readOnnx, type OnnxModel } from './onnx-file.ts';
import { guessLayout, tensorInfo, type Layout, type TensorInfo } from './tensor-info.ts';

/** What an ONNX file reveals without running the network. */
export interface OnnxInspection {
  /** Excluding weights, which old files list among the inputs. */
  readonly inputs: readonly (TensorInfo & { readonly layout: Layout | undefined })[];
  readonly outputs: readonly TensorInfo[];
  /** Whether, according to the shape of its input, it takes any number of pictures in one pass. */
  readonly dynamicBatch: boolean;
  /** Whether parts of it compute with 8-bit integers. */
  readonly quantised: boolean;
  /** Version of the standard operators; undefined if the file only uses others. */
  readonly opset: number | undefined;
  readonly nodes: number;
  /** Tensors that look like features of a whole picture, the likeliest first. */
  readonly layers: readonly FeatureLayer[];
}

/** Throws `MODEL_UNREADABLE` or `MODEL_EXTERNAL_DATA`. */
export function inspectOnnx(bytes: Uint8Array): OnnxInspection {
  return inspectModel(readOnnx(bytes));
}

export function inspectModel(model: OnnxModel): OnnxInspection {
  const { graph } = model;
  const weights = new Set(graph.initializer.map(({ name }) => name));
  const inputs = graph.input
    .filter(({ name }) => !weights.has(name))
    .map(tensorInfo)
    .map((input) => ({ ...input, layout: guessLayout(input.shape) }));
  const opset = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  return {
    inputs,
    outputs: graph.output.map(tensorInfo),
    dynamicBatch: typeof inputs[0]?.shape?.[0] !== 'number',
    quantised: graph.node.some(({ opType }) => QUANTISED.test(opType)),
    opset: opset === undefined ? undefined : Number(opset.version),
    nodes: graph.node.length,
    layers: featureLayers(graph),
  };
}

const QUANTISED = /^(QuantizeLinear|DynamicQuantizeLinear|QLinear\w+|QGemm|ConvInteger|MatMulInteger)$/;
