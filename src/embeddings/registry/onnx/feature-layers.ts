import { producersOf } from './onnx-file.ts';
import { tensorInfo } from './tensor-info.ts';
import type { GraphProto, NodeProto, ValueInfoProto } from './onnx-ml_pb.ts';

/** A tensor of the graph that may serve as the features of a picture. */
export interface FeatureLayer {
  readonly tensor: string;
  /** The node that makes it, by its name or, where it has none, by this tensor. */
  readonly node: string;
  readonly operator: string;
  /** Whether it is an output of the graph as it is. */
  readonly isOutput: boolean;
  /** Why it is proposed, in a few words. */
  readonly why: string;
}

/** What published vision towers call the output that stands for a whole picture. */
const FEATURE_NAME = /embed|pool|feature|cls_token/i;
const SCORE_NAME = /logit|prob|score|softmax|class/i;
/** Sizes of ImageNet's lists of classes, with and without a background class. */
const CLASS_COUNTS = new Set([1000, 1001, 21_841, 21_843]);

const SCORES = new Set(['Softmax', 'LogSoftmax', 'Sigmoid']);
const POOLING = /^(Global\w*Pool|AveragePool|ReduceMean|QLinear(Global)?AveragePool)$/;
/** Change the shape or the representation, not what is represented. */
const TRANSPARENT =
  /^(Flatten|Reshape|Squeeze|Unsqueeze|Identity|Dropout|Cast|Transpose|QuantizeLinear|DequantizeLinear)$/;
/** What may stand between a layer and its weights. */
const BESIDE_WEIGHTS = /^(DequantizeLinear|QuantizeLinear|Identity|Transpose|Cast)$/;
const LINEAR = /^(Gemm|MatMul|Conv|QGemm|QLinearMatMul|QLinearConv|MatMulInteger|ConvInteger)$/;

/**
 * Tensors that look like features of a whole picture, the likeliest first: outputs named so; what a
 * classifier at the end starts from (for a convolutional network the global average pool); other
 * outputs.
 */
export function featureLayers(graph: GraphProto): FeatureLayer[] {
  const walk = new GraphWalk(graph);
  const found: (FeatureLayer & { rank: number })[] = [];
  for (const output of graph.output) {
    const classifier = walk.classifierBefore(output);
    if (classifier !== undefined) {
      found.push({ ...walk.layer(classifier.tensor, classifier.why), rank: 2 });
      continue;
    }
    const { name, shape } = tensorInfo(output);
    const wholePicture = shape === undefined || shape.length === 2;
    const named = FEATURE_NAME.test(name);
    const why = named ? 'an output named as features' : 'an output of the network';
    const rank = named && wholePicture ? (/embed/i.test(name) ? 0 : 1) : wholePicture ? 3 : 4;
    // An output without a maker passes the input on.
    if (walk.producers.has(name)) found.push({ ...walk.layer(name, why), rank });
  }
  found.sort((a, b) => a.rank - b.rank);
  return found
    .filter(({ tensor }, at) => found.findIndex((other) => other.tensor === tensor) === at)
    .map(({ rank: _, ...layer }) => layer);
}

/** The name by which manifests and messages speak of the node that makes a tensor. */
export function nodeName(node: NodeProto | undefined, tensor: string): string {
  return node === undefined || node.name === '' ? tensor : node.name;
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
    return {
      tensor,
      node: nodeName(node, tensor),
      operator: node?.opType ?? '',
      isOutput: this.outputs.has(tensor),
      why,
    };
  }

  /** Where the classifier that ends in this output takes its features from; undefined if it is none. */
  classifierBefore(output: ValueInfoProto): { tensor: string; why: string } | undefined {
    let scores = SCORE_NAME.test(output.name);
    let node = this.producers.get(output.name);
    while (node !== undefined && !this.isLinear(node)) {
      const passes = TRANSPARENT.test(node.opType) || SCORES.has(node.opType) || this.isBias(node);
      if (!passes) return undefined;
      scores ||= SCORES.has(node.opType);
      node = this.producers.get(this.dataInput(node));
    }
    if (node === undefined) return undefined;

    const before = this.dataInput(node);
    const pool = this.poolBefore(before);
    scores ||= pool !== undefined || CLASS_COUNTS.has(this.linearOutputs(node) ?? 0);
    if (!scores || (FEATURE_NAME.test(output.name) && !SCORE_NAME.test(output.name))) return undefined;
    if (pool !== undefined) return { tensor: pool, why: 'the pooled features before the classifier' };
    const tensor = this.skip(before, /^(Dropout|Identity)$/);
    return this.producers.has(tensor) ? { tensor, why: 'what the classifier starts from' } : undefined;
  }

  /** The pooling that a tensor comes from, with nothing between that computes. */
  private poolBefore(tensor: string): string | undefined {
    const start = this.skip(tensor, TRANSPARENT);
    const node = this.producers.get(start);
    return node !== undefined && POOLING.test(node.opType) ? start : undefined;
  }

  private skip(tensor: string, operators: RegExp): string {
    for (let at = tensor; ;) {
      const node = this.producers.get(at);
      if (node === undefined || !operators.test(node.opType)) return at;
      at = this.dataInput(node);
    }
  }

  /** A layer of weights that looks at the picture as a whole. */
  private isLinear(node: NodeProto): boolean {
    if (!LINEAR.test(node.opType)) return false;
    const shape = this.weightShape(node);
    if (shape === undefined) return false;
    return !node.opType.includes('Conv') || shape.slice(2).every((size) => size === 1);
  }

  private linearOutputs(node: NodeProto): number | undefined {
    const shape = this.weightShape(node);
    if (shape === undefined) return undefined;
    if (node.opType.includes('Conv')) return shape[0];
    const transposed = node.attribute.some(({ name, i }) => name === 'transB' && i === 1n);
    return node.opType.includes('MatMul') || !transposed ? shape.at(-1) : shape[0];
  }

  private isBias(node: NodeProto): boolean {
    return /^(Add|QLinearAdd)$/.test(node.opType) && this.weightShape(node) !== undefined;
  }

  private weightShape(node: NodeProto): readonly number[] | undefined {
    const shapes = node.input.map((name) => this.weightOf(name));
    // Scales and zero points of quantised layers are scalars or lists.
    const matrices = shapes.filter((shape) => (shape?.length ?? 0) >= (LINEAR.test(node.opType) ? 2 : 1));
    return matrices[0];
  }

  /** The input that is computed from the picture. */
  private dataInput(node: NodeProto): string {
    return node.input.find((name) => name !== '' && this.weightOf(name) === undefined) ?? '';
  }

  /** The shape of the weights that an input is, dequantised or turned on the way. */
  private weightOf(tensor: string): readonly number[] | undefined {
    for (let at = tensor; ;) {
      const node = this.producers.get(at);
      const shape = this.weights.get(at) ?? constantShape(node);
      if (shape !== undefined || node === undefined || !BESIDE_WEIGHTS.test(node.opType)) return shape;
      at = node.input[0] ?? '';
    }
  }
}

function constantShape(node: NodeProto | undefined): readonly number[] | undefined {
  if (node?.opType !== 'Constant') return undefined;
  return node.attribute.find(({ name }) => name === 'value')?.t?.dims.map(Number) ?? [];
}
