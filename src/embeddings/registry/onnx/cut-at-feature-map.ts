import { create } from '@bufbuild/protobuf';
import { explanationUnavailable } from '../../embeddings.errors.ts';
import { keepOnly } from './cut-onnx.ts';
import { producersOf, readOnnx, writeOnnx } from './onnx-file.ts';
import { NodeProtoSchema, ValueInfoProtoSchema, type GraphProto, type NodeProto } from './onnx-ml_pb.ts';

/** Means over the places of a map. Whether they cover all of it, its shape shows when the network has run. */
const MEAN = /^(GlobalAveragePool|AveragePool|ReduceMean|QLinear(Global)?AveragePool)$/;
/** Operators behind which features still have the same direction. */
const SAME_DIRECTION =
  /^(Flatten|Reshape|Squeeze|Unsqueeze|Identity|Dropout|Cast|Transpose|LpNormalization|QuantizeLinear|DequantizeLinear)$/;

/**
 * The part of a network before the mean that is its features, for any of the files that `cutAt` writes. `network` and
 * `output` are the names of the network and of its features.
 *
 * Throws `EXPLANATION_UNAVAILABLE` if the features are not a mean, or if something else is computed from it.
 */
export function cutAtFeatureMap(
  bytes: Uint8Array,
  network: string,
  output: string,
): { readonly bytes: Uint8Array; readonly output: string; readonly channelsLast: boolean } {
  const model = readOnnx(bytes);
  const { graph } = model;
  const mean = findMean(graph, network, output);
  const [source = '', scale = '', zeroPoint = ''] = mean.input;
  if (!producersOf(graph).has(source)) {
    throw explanationUnavailable(network, 'its features are the mean of the picture itself');
  }
  const map = mean.opType.startsWith('QLinear') ? `${source}/lookalike_map` : source;
  if (map !== source) {
    const input = [source, scale, zeroPoint].filter((name) => name !== '');
    graph.node.push(create(NodeProtoSchema, { name: map, opType: 'DequantizeLinear', input, output: [map] }));
  }
  keepOnly(graph, map);
  // Without a shape, which the runtime infers.
  graph.output = [create(ValueInfoProtoSchema, { name: map })];
  graph.valueInfo = [];
  model.trainingInfo = [];
  const axes = mean.attribute.find(({ name }) => name === 'axes')?.ints ?? [];
  return { bytes: writeOnnx(model), output: map, channelsLast: axes.includes(1n) };
}

function findMean(graph: GraphProto, network: string, output: string): NodeProto {
  const producers = producersOf(graph);
  for (let at = output; ;) {
    const node = producers.get(at);
    if (node === undefined) throw explanationUnavailable(network, 'no feature map leads to its features');
    if (MEAN.test(node.opType)) return node;
    if (!SAME_DIRECTION.test(node.opType)) throw explanationUnavailable(network, notAMean(node.opType));
    at = node.input[0] ?? '';
  }
}

/** Why features that this operator gives cannot be taken apart. */
export function notAMean(operator: string): string {
  return `its features are given by "${operator}", not by the mean of a feature map`;
}
