import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { messageOf } from '../../../common/index.ts';
import { modelExternalData, modelUnreadable } from '../registry.errors.ts';
import {
  ModelProtoSchema,
  TensorProto_DataLocation,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from './onnx-ml_pb.ts';

/** A model with its graph, which an ONNX file may in theory lack. */
export type OnnxModel = ModelProto & { graph: GraphProto };

/**
 * Reads an ONNX file. The weights are views of `bytes`, not copies.
 *
 * Throws `MODEL_UNREADABLE`, or `MODEL_EXTERNAL_DATA` where weights are kept outside the file.
 */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    throw modelUnreadable(messageOf(error));
  }
  // Nearly any bytes can be read as some message: what makes a model must be there.
  if (!hasGraph(model) || model.graph.node.length === 0 || model.opsetImport.length === 0) {
    throw modelUnreadable('it has no graph');
  }
  const external = tensorsOf(model.graph).find(
    ({ dataLocation }) => dataLocation === TensorProto_DataLocation.EXTERNAL,
  );
  if (external !== undefined) throw modelExternalData(external.name);
  return model;
}

/** The file of a model. What this code does not know of is kept as it was read. */
export function writeOnnx(model: ModelProto): Uint8Array {
  return toBinary(ModelProtoSchema, model);
}

function hasGraph(model: ModelProto): model is OnnxModel {
  return model.graph !== undefined;
}

/** Weights of the graph and of the graphs within its nodes. */
function tensorsOf(graph: GraphProto): TensorProto[] {
  return [
    ...graph.initializer,
    ...graph.node.flatMap(({ attribute }) =>
      attribute.flatMap(({ t, tensors, g, graphs }) => [
        ...(t === undefined ? [] : [t]),
        ...tensors,
        ...[...(g === undefined ? [] : [g]), ...graphs].flatMap(tensorsOf),
      ]),
    ),
  ];
}

/** The node that makes each tensor. */
export function producersOf(graph: GraphProto): Map<string, NodeProto> {
  return new Map(
    graph.node.flatMap((node) => node.output.filter((name) => name !== '').map((name) => [name, node])),
  );
}

/** Tensors that a node needs, those that graphs within it (branches, loops) take from outside included. */
export function inputsOf(node: NodeProto): string[] {
  const inner = node.attribute
    .flatMap(({ g, graphs }) => [...(g === undefined ? [] : [g]), ...graphs])
    .flatMap((graph) => [...graph.node.flatMap(inputsOf), ...graph.output.map(({ name }) => name)]);
  return [...node.input, ...inner].filter((name) => name !== '');
}
