import { producersOf } from './onnx-file.ts';
import { tensorInfo } from './tensor-info.ts';
import type { GraphProto, NodeProto, ValueInfoProto } from './onnx-ml_pb.ts';

/** A tensor of the graph that may hold the features of a picture. */
export interface FeatureLayer {
  readonly tensor: string;
  /** The name of the node that produces it or, if the node has none, of this tensor. */
  readonly node: string;
  readonly operator: string;
  /** Whether it is already an output of the graph. */
  readonly isOutput: boolean;
  /** Why it is proposed, in a few words. */
  readonly why: string;
}

/** How published vision models name the output that represents the whole picture. */
const FEATURE_NAME = /embed|pool|feature|cls_token/i;
const SCORE_NAME = /logit|prob|score|softmax|class/i;
/** Numbers of classes in ImageNet, with and without a background class. */
const CLASS_COUNTS = new Set([1000, 1001, 21_841, 21_843]);

const SCORES = new Set(['Softmax', 'LogSoftmax', 'Sigmoid']);
const POOLING = /^(Global\w*Pool|AveragePool|ReduceMean|QLinear(Global)?AveragePool)$/;
/** Operators that change the shape or the representation but not what is represented. */
const TRANSPARENT =
  /^(Flatten|Reshape|Squeeze|Unsqueeze|Identity|Dropout|Cast|Transpose|QuantizeLinear|DequantizeLinear)$/;
/** Operators that may come between a layer and its weights. */
const BESIDE_WEIGHTS = /^(DequantizeLinear|QuantizeLinear|Identity|Transpose|Cast)$/;
const LINEAR = /^(Gemm|MatMul|Conv|QGemm|QLinearMatMul|QLinearConv|MatMulInteger|ConvInteger)$/;

/**
 * Tensors that look like features of a whole picture, the likeliest first: outputs with a telling name,
 * the input of a classifier at the end (for a convolutional network, the global average pool), and then
 * other outputs.
 */
export function featureLayers(graph: GraphProto): FeatureLayer[] {
  const walk = new GraphWalk(graph);
  const found: (FeatureLayer & { rank: number })[] = [];
  for (const output of graph.output) {
    const classifier = walk.findClassifierInput(output);
    if (classifier !== undefined) {
      found.push({ ...walk.layer(classifier.tensor, classifier.why), rank: 2 });
      continue;
    }
    const { name, shape } = tensorInfo(output);
    const wholePicture = shape === undefined || shape.length === 2;
    const named = FEATURE_NAME.test(name);
    const why = named ? 'an output named as features' : 'an output of the network';
    const rank = named && wholePicture ? (/embed/i.test(name) ? 0 : 1) : wholePicture ? 3 : 4;
    // An output that no node produces is an input of the graph.
    if (walk.producers.has(name)) found.push({ ...walk.layer(name, why), rank });
  }
  found.sort((a, b) => a.rank - b.rank);
  return found
    .filter(({ tensor }, at) => found.findIndex((other) => other.tensor === tensor) === at)
    .map(({ rank: _, ...layer }) => layer);
}

/** The name that manifests and messages use for the node that produces a tensor. */
export function nodeName(node: NodeProto, tensor: string): string {
  return node.name === '' ? tensor : node.name;
}

class GraphWalk {
  readonly producers: ReadonlyMap<string, NodeProto>;
  private readonly weights: ReadonlyMap<string, readonly number[]>;
  private readonly outputs: ReadonlySet<string>;

  constructor(graph: GraphProto) {
    this.producers = producersOf(graph);
    this.weights = new Map(graph.initializer.map(({ name, dims }) => [name, dims.map(Number)]));
    this.outputs = new Set(graph.output.map(({ name }) => name));
  }

  layer(tensor: string, why: string): FeatureLayer {
    const node = this.producers.get(tensor);
    if (node === undefined) throw new Error(`No node produces "${tensor}"`);
    return {
      tensor,
      node: nodeName(node, tensor),
      operator: node.opType,
      isOutput: this.outputs.has(tensor),
      why,
    };
  }

  /** The tensor that gives the features to the classifier ending in this output; undefined if none ends there. */
  findClassifierInput(output: ValueInfoProto): { tensor: string; why: string } | undefined {
    let scores = SCORE_NAME.test(output.name);
    let node = this.findProducer(output.name);
    while (node !== undefined && !this.isLinear(node)) {
      const passes = TRANSPARENT.test(node.opType) || SCORES.has(node.opType) || this.isBias(node);
      if (!passes) return undefined;
      scores ||= SCORES.has(node.opType);
      node = this.findProducer(this.findDataInput(node));
    }
    if (node === undefined) return undefined;

    const before = this.findDataInput(node);
    if (before === undefined) return undefined;
    const pool = this.findPoolBefore(before);
    const classes = this.findOutputCount(node);
    scores ||= pool !== undefined || (classes !== undefined && CLASS_COUNTS.has(classes));
    if (!scores || (FEATURE_NAME.test(output.name) && !SCORE_NAME.test(output.name))) return undefined;
    if (pool !== undefined) return { tensor: pool, why: 'the pooled features before the classifier' };
    const tensor = this.skip(before, /^(Dropout|Identity)$/);
    return this.producers.has(tensor) ? { tensor, why: 'the input of the classifier' } : undefined;
  }

  /** The pooling from which a tensor comes without any computation in between. */
  private findPoolBefore(tensor: string): string | undefined {
    const start = this.skip(tensor, TRANSPARENT);
    const node = this.producers.get(start);
    return node !== undefined && POOLING.test(node.opType) ? start : undefined;
  }

  private skip(tensor: string, operators: RegExp): string {
    for (let at = tensor; ;) {
      const node = this.producers.get(at);
      const input = node !== undefined && operators.test(node.opType) ? this.findDataInput(node) : undefined;
      if (input === undefined) return at;
      at = input;
    }
  }

  /** Whether it applies weights to the picture as a whole. */
  private isLinear(node: NodeProto): boolean {
    if (!LINEAR.test(node.opType)) return false;
    const shape = this.findWeightShape(node);
    if (shape === undefined) return false;
    return !node.opType.includes('Conv') || shape.slice(2).every((size) => size === 1);
  }

  private findOutputCount(node: NodeProto): number | undefined {
    const shape = this.findWeightShape(node);
    if (shape === undefined) return undefined;
    if (node.opType.includes('Conv')) return shape[0];
    const transposed = node.attribute.some(({ name, i }) => name === 'transB' && i === 1n);
    return node.opType.includes('MatMul') || !transposed ? shape.at(-1) : shape[0];
  }

  private isBias(node: NodeProto): boolean {
    return /^(Add|QLinearAdd)$/.test(node.opType) && this.findWeightShape(node) !== undefined;
  }

  private findWeightShape(node: NodeProto): readonly number[] | undefined {
    const shapes = node.input.map((name) => this.findWeight(name));
    // The scales and zero points of quantised layers have fewer dimensions.
    const matrices = shapes.filter((shape) => (shape?.length ?? 0) >= (LINEAR.test(node.opType) ? 2 : 1));
    return matrices[0];
  }

  private findProducer(tensor: string | undefined): NodeProto | undefined {
    return tensor === undefined ? undefined : this.producers.get(tensor);
  }

  /** The input that is computed from the picture. */
  private findDataInput(node: NodeProto): string | undefined {
    return node.input.find((name) => name !== '' && this.findWeight(name) === undefined);
  }

  /** The shape of the weights behind an input, which may be dequantised or transposed; undefined if it is computed. */
  private findWeight(tensor: string): readonly number[] | undefined {
    for (let at = tensor; ;) {
      const node = this.producers.get(at);
      const shape = this.weights.get(at) ?? constantShape(node);
      if (shape !== undefined || node === undefined || !BESIDE_WEIGHTS.test(node.opType)) return shape;
      const [input] = node.input;
      if (input === undefined) return undefined;
      at = input;
    }
  }
}

function constantShape(node: NodeProto | undefined): readonly number[] | undefined {
  if (node?.opType !== 'Constant') return undefined;
  return node.attribute.find(({ name }) => name === 'value')?.t?.dims.map(Number) ?? [];
}
