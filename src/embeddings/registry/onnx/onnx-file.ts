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

/** A model with a graph, which in theory an ONNX file may lack. */
export type OnnxModel = ModelProto & { graph: GraphProto };

/**
 * Reads an ONNX file. The weights are views of `bytes` and not copies.
 *
 * Throws `MODEL_UNREADABLE`, or `MODEL_EXTERNAL_DATA` if weights are kept outside the file.
 */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    throw modelUnreadable(messageOf(error));
  }
  // Almost any bytes can be read as some message, so the essential parts of a model must be checked.
  if (!hasGraph(model) || model.graph.node.length === 0 || model.opsetImport.length === 0) {
    throw modelUnreadable('it has no graph');
  }
  const external = tensorsOf(model.graph).find(
    ({ dataLocation }) => dataLocation === TensorProto_DataLocation.EXTERNAL,
  );
  if (external !== undefined) throw modelExternalData(external.name);
  return model;
}

/** The bytes of an ONNX file. Unknown fields are written as they were read. */
export function writeOnnx(model: ModelProto): Uint8Array {
  return toBinary(ModelProtoSchema, model);
}

function hasGraph(model: ModelProto): model is OnnxModel {
  return model.graph !== undefined;
}

/** The weights of the graph and of the graphs inside its nodes. */
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

/** The node that produces each tensor. */
export function producersOf(graph: GraphProto): Map<string, NodeProto> {
  return new Map(
    graph.node.flatMap((node) => node.output.filter((name) => name !== '').map((name) => [name, node])),
  );
}

/** The tensors that a node needs, including those that graphs inside it (branches, loops) take from outside. */
export function inputsOf(node: NodeProto): string[] {
  const inner = node.attribute
    .flatMap(({ g, graphs }) => [...(g === undefined ? [] : [g]), ...graphs])
    .flatMap((graph) => [...graph.node.flatMap(inputsOf), ...graph.output.map(({ name }) => name)]);
  return [...node.input, ...inner].filter((name) => name !== '');
}
