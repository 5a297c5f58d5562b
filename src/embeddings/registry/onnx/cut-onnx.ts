import { create } from '@bufbuild/protobuf';
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

/**
 * How a tensor becomes one vector a picture.
 *
 * - `none`: it is [N, D] already.
 * - `flatten`: [N, D, 1, 1], [N, 1, 1, D] or [N, 1, D].
 * - `first-token`: of [N, T, D] the first, which vision transformers keep for the whole picture (CLS).
 * - `pool-nchw`, `pool-nhwc`: the mean over a map of features, [N, D, H, W] or [N, H, W, D].
 */
export type Finish = 'none' | 'flatten' | 'first-token' | 'pool-nchw' | 'pool-nhwc';

export interface CutOptions {
  /** `flatten` otherwise, which also leaves [N, D] as it is. */
  readonly finish?: Finish;
  /** Numbers in a vector, for the output's declared shape; left open otherwise. */
  readonly dimension?: number;
  /** Pictures at once: `any` opens the size that the file fixes, `one` fixes it; unchanged otherwise. */
  readonly batch?: 'any' | 'one';
}

export interface Cut {
  readonly bytes: Uint8Array;
  /** The one output: `embedding`, unless a tensor that is needed has that name. */
  readonly output: string;
  /** The node whose output the features are. */
  readonly layer: string;
}

const OUTPUT = 'embedding';

/**
 * Cuts a graph at a tensor: keeps the nodes, weights and inputs that it needs and nothing else, and
 * makes it the one output, one vector a picture.
 *
 * Throws `MODEL_UNREADABLE`, `MODEL_EXTERNAL_DATA`, or `MODEL_OUTPUT_MISSING` where no node makes
 * the tensor.
 */
export function cutAt(bytes: Uint8Array, tensor: string, options: CutOptions = {}): Cut {
  const model = readOnnx(bytes);
  const { graph } = model;
  const maker = producersOf(graph).get(tensor);
  if (maker === undefined) throw outputMissing(graph, tensor);
  keepOnly(graph, tensor);
  // Training is over, and it would name weights that are gone.
  model.trainingInfo = [];

  const taken = new Set(graph.node.flatMap(({ output }) => output));
  const output = tensor === OUTPUT || !taken.has(OUTPUT) ? OUTPUT : freeName(taken, `${OUTPUT}_out`);
  const finish = options.finish ?? 'flatten';
  if (!(finish === 'none' && tensor === output)) {
    const source =
      tensor === output ? renameOutput(graph, tensor, freeName(taken, `${OUTPUT}_layer`)) : tensor;
    addNodes(graph, finish, source, output, taken);
  }
  graph.output = [outputInfo(output, options)];
  // Shapes that the exporter wrote down may hold the old batch size; runtimes infer them again.
  graph.valueInfo = [];
  if (options.batch !== undefined) setBatch(graph, options.batch);
  return { bytes: writeOnnx(model), output, layer: nodeName(maker, tensor) };
}

/** The same file with inner tensors as outputs too, for a trial of what shapes they have. */
export function exposing(bytes: Uint8Array, tensors: readonly string[]): Uint8Array {
  const model = readOnnx(bytes);
  const { graph } = model;
  const made = producersOf(graph);
  for (const name of tensors) {
    if (!made.has(name)) throw outputMissing(graph, name);
    if (graph.output.every((output) => output.name !== name)) {
      graph.output.push(create(ValueInfoProtoSchema, { name }));
    }
  }
  return writeOnnx(model);
}

/** The same file with one output of several left and the number of pictures at once changed. */
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

function keepOnly(graph: GraphProto, tensor: string): void {
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
  graph.sparseInitializer = graph.sparseInitializer.filter(({ values }) => needed.has(values?.name ?? ''));
  graph.input = graph.input.filter(({ name }) => needed.has(name));
  graph.quantizationAnnotation = graph.quantizationAnnotation.filter(({ tensorName }) =>
    needed.has(tensorName),
  );
}

/** Frees the name `embedding` where the layer itself has it. */
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
  finish: Finish,
  source: string,
  output: string,
  taken: ReadonlySet<string>,
): void {
  const between = (what: string) => freeName(taken, `${output}_${what}`);
  switch (finish) {
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
      const map = finish === 'pool-nhwc' ? between('nchw') : source;
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
  const number = { value: { case: 'dimValue', value: BigInt(dimension ?? 0) } } as const;
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, {
      value: {
        case: 'tensorType',
        value: {
          elemType: TensorProto_DataType.FLOAT,
          shape: { dim: [batchSize(batch ?? 'any'), dimension === undefined ? {} : number] },
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
