import { featureLayers, type FeatureLayer } from './feature-layers.ts';
import { readOnnx, type OnnxModel } from './onnx-file.ts';
import { guessLayout, tensorInfo, type Layout, type TensorInfo } from './tensor-info.ts';

/** What an ONNX file says of itself, without running it. */
export interface OnnxInspection {
  /** Without weights, which old files list among the inputs. */
  readonly inputs: readonly (TensorInfo & { readonly layout: Layout | undefined })[];
  readonly outputs: readonly TensorInfo[];
  /** Whether it takes several pictures at once, as far as the input's shape says. */
  readonly dynamicBatch: boolean;
  /** Whether part of it computes with integers of 8 bits. */
  readonly quantised: boolean;
  /** Version of the standard operators. */
  readonly opset: number;
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
  return {
    inputs,
    outputs: graph.output.map(tensorInfo),
    dynamicBatch: typeof (inputs[0]?.shape?.[0] ?? '?') === 'string',
    quantised: graph.node.some(({ opType }) => QUANTISED.test(opType)),
    opset: Number(
      model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0,
    ),
    nodes: graph.node.length,
    layers: featureLayers(graph),
  };
}

const QUANTISED = /^(QuantizeLinear|DynamicQuantizeLinear|QLinear\w+|QGemm|ConvInteger|MatMulInteger)$/;
