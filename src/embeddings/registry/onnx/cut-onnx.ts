import { create } from '@bufbuild/protobuf';
import type { Pooling } from '../pooling.ts';
import { modelOutputMissing } from '../registry.errors.ts';
import { nodeName, featureLayers } from './feature-layers.ts';
import { inputsOf, producersOf, readOnnx, writeOnnx } from './onnx-file.ts';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './onnx-ml_pb.ts';

export interface CutOptions {
  /** By default `flatten`, which leaves [N, D] as it is. */
  readonly pooling?: Pooling;
  /** Length of a vector, for the declared shape of the output. If omitted, the shape remains open. */
  readonly dimension?: number;
  /** Pictures per pass: `any` makes the batch size open, `one` fixes it. If omitted, it remains unchanged. */
  readonly batch?: 'any' | 'one';
}

export interface Cut {
  readonly bytes: Uint8Array;
  /** The name of the only output: `embedding`, unless a required tensor has that name. */
  readonly output: string;
  /** The node whose output is used as the features. */
  readonly layer: string;
}

const OUTPUT = 'embedding';

/**
 * Cuts a graph at a tensor. Only the nodes, weights and inputs that it needs are kept, and it becomes
 * the only output, pooled to one vector per picture.
 *
 * Throws `MODEL_UNREADABLE`, `MODEL_EXTERNAL_DATA`, or `MODEL_OUTPUT_MISSING` if no node produces the
 * tensor.
 */
export function cutAt(bytes: Uint8Array, tensor: string, options: CutOptions = {}): Cut {
  const model = readOnnx(bytes);
  const { graph } = model;
  const producer = producersOf(graph).get(tensor);
  if (producer === undefined) throw outputMissing(graph, tensor);
  keepOnly(graph, tensor);
  // It is of no use for inference and would refer to weights that are gone.
  model.trainingInfo = [];

  const taken = new Set(graph.node.flatMap(({ output }) => output));
  const output = tensor === OUTPUT || !taken.has(OUTPUT) ? OUTPUT : freeName(taken, `${OUTPUT}_out`);
  const pooling = options.pooling ?? 'flatten';
  if (!(pooling === 'none' && tensor === output)) {
    const source =
      tensor === output ? renameOutput(graph, tensor, freeName(taken, `${OUTPUT}_layer`)) : tensor;
    addNodes(graph, pooling, source, output, taken);
  }
  graph.output = [outputInfo(output, options)];
  // Shapes recorded by the exporter may contain the old batch size; runtimes infer them again.
  graph.valueInfo = [];
  if (options.batch !== undefined) setBatch(graph, options.batch);
  return { bytes: writeOnnx(model), output, layer: nodeName(producer, tensor) };
}

/** The same file with these inner tensors as additional outputs, so that a trial can find out their shapes. */
export function exposing(bytes: Uint8Array, tensors: readonly string[]): Uint8Array {
  const model = readOnnx(bytes);
  const { graph } = model;
  const producers = producersOf(graph);
  for (const name of tensors) {
    if (!producers.has(name)) throw outputMissing(graph, name);
    if (graph.output.every((output) => output.name !== name)) {
      graph.output.push(create(ValueInfoProtoSchema, { name }));
    }
  }
  return writeOnnx(model);
}

/** The same file with a different batch size. */
export function withBatch(bytes: Uint8Array, batch: 'any' | 'one'): Uint8Array {
  const model = readOnnx(bytes);
  model.graph.valueInfo = [];
  setBatch(model.graph, batch);
  return writeOnnx(model);
}

function outputMissing(graph: GraphProto, tensor: string) {
  return modelOutputMissing(
    tensor,
    graph.output.map(({ name }) => name),
    featureLayers(graph).map((layer) => layer.tensor),
  );
}

/** Leaves out whatever this tensor does not need. */
export function keepOnly(graph: GraphProto, tensor: string): void {
  const producers = producersOf(graph);
  const needed = new Set<string>();
  const nodes = new Set<NodeProto>();
  const pending = [tensor];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (needed.has(name)) continue;
    needed.add(name);
    const node = producers.get(name);
    if (node === undefined || nodes.has(node)) continue;
    nodes.add(node);
    pending.push(...inputsOf(node));
  }
  graph.node = graph.node.filter((node) => nodes.has(node));
  graph.initializer = graph.initializer.filter(({ name }) => needed.has(name));
  graph.sparseInitializer = graph.sparseInitializer.filter(
    ({ values }) => values !== undefined && needed.has(values.name),
  );
  graph.input = graph.input.filter(({ name }) => needed.has(name));
  graph.quantizationAnnotation = graph.quantizationAnnotation.filter(({ tensorName }) =>
    needed.has(tensorName),
  );
}

/** Frees the name `embedding` if the layer itself has it. */
function renameOutput(graph: GraphProto, from: string, to: string): string {
  const rename = (name: string) => (name === from ? to : name);
  for (const node of graph.node) {
    node.output = node.output.map(rename);
    node.input = node.input.map(rename);
  }
  return to;
}

function addNodes(
  graph: GraphProto,
  pooling: Pooling,
  source: string,
  output: string,
  taken: ReadonlySet<string>,
): void {
  const between = (what: string) => freeName(taken, `${output}_${what}`);
  switch (pooling) {
    case 'none':
      graph.node.push(nodeOf('Identity', [source], output));
      break;
    case 'flatten':
      graph.node.push(nodeOf('Flatten', [source], output, [integer('axis', 1)]));
      break;
    case 'first-token': {
      const index = between('index');
      graph.initializer.push(scalar(index, 0n));
      graph.node.push(nodeOf('Gather', [source, index], output, [integer('axis', 1)]));
      break;
    }
    case 'pool-nchw':
    case 'pool-nhwc': {
      const map = pooling === 'pool-nhwc' ? between('nchw') : source;
      const pooled = between('pool');
      if (map !== source)
        graph.node.push(nodeOf('Transpose', [source], map, [integers('perm', [0, 3, 1, 2])]));
      graph.node.push(nodeOf('GlobalAveragePool', [map], pooled));
      graph.node.push(nodeOf('Flatten', [pooled], output, [integer('axis', 1)]));
      break;
    }
  }
}

function nodeOf(
  opType: string,
  input: string[],
  output: string,
  attribute: AttributeProto[] = [],
): NodeProto {
  return create(NodeProtoSchema, { name: `lookalike/${output}`, opType, input, output: [output], attribute });
}

function integer(name: string, value: number): AttributeProto {
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) });
}

function integers(name: string, values: readonly number[]): AttributeProto {
  return create(AttributeProtoSchema, {
    name,
    type: AttributeProto_AttributeType.INTS,
    ints: values.map(BigInt),
  });
}

function scalar(name: string, value: bigint): TensorProto {
  return create(TensorProtoSchema, { name, dataType: TensorProto_DataType.INT64, int64Data: [value] });
}

function outputInfo(name: string, { dimension, batch }: CutOptions): ValueInfoProto {
  const length =
    dimension === undefined ? {} : ({ value: { case: 'dimValue', value: BigInt(dimension) } } as const);
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, {
      value: {
        case: 'tensorType',
        value: {
          elemType: TensorProto_DataType.FLOAT,
          shape: { dim: [batchSize(batch ?? 'any'), length] },
        },
      },
    }),
  });
}

function batchSize(batch: 'any' | 'one') {
  return batch === 'one'
    ? ({ value: { case: 'dimValue', value: 1n } } as const)
    : ({ value: { case: 'dimParam', value: 'N' } } as const);
}

function setBatch(graph: GraphProto, batch: 'any' | 'one'): void {
  const weights = new Set(graph.initializer.map(({ name }) => name));
  const changed = [...graph.input.filter(({ name }) => !weights.has(name)), ...graph.output];
  for (const { type } of changed) {
    const dim = type?.value.case === 'tensorType' ? type.value.value.shape?.dim[0] : undefined;
    if (dim !== undefined) dim.value = batchSize(batch).value;
  }
}

function freeName(taken: ReadonlySet<string>, wanted: string): string {
  let name = wanted;
  for (let at = 2; taken.has(name); at += 1) name = `${wanted}${at}`;
  return name;
}
