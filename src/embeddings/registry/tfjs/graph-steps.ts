import type { TensorInfo } from '../onnx/tensor-info.ts';
import { sizesOf, type GraphJson, type GraphNode } from './model-json.ts';
import type { Step, Steps } from './steps.ts';

const KINDS: readonly [RegExp, Step['kind']][] = [
  [/^(Softmax|LogSoftmax|Sigmoid)$/, 'scores'],
  [/^(Mean|AvgPool)$/, 'pool'],
  [/^(Identity|Reshape|Squeeze|ExpandDims|Cast|Dropout|StopGradient|BiasAdd|Add|AddV2)$/, 'passes'],
];

/** The inputs, outputs and nodes of a graph model. Inputs and outputs are named after their nodes. */
export function graphOf({ modelTopology, signature, weightsManifest }: GraphJson): {
  inputs: TensorInfo[];
  outputs: TensorInfo[];
  steps: Steps;
} {
  const nodes = new Map(modelTopology.node.map((node) => [node.name, node]));
  const shapes = new Map(
    weightsManifest.flatMap(({ weights }) => weights.map(({ name, shape }) => [name, shape] as const)),
  );
  const weightOf = (name: string) => (nodes.get(name)?.op === 'Const' ? (shapes.get(name) ?? []) : undefined);
  const steps = new Map(
    modelTopology.node.filter(({ op }) => op !== 'Const').map((node) => [node.name, stepOf(node, weightOf)]),
  );

  const placeholders = modelTopology.node.filter(({ op }) => op === 'Placeholder');
  const named = Object.values(signature?.inputs ?? {}).map(({ name }) => name && nodes.get(nodeOf(name)));
  const inputNodes = named.length > 0 && named.every(isNode) ? named : placeholders;
  const inputs = inputNodes.map(({ name, attr }) => ({
    name,
    type: typeOf(attr.dtype),
    shape: shapeOf(attr),
  }));

  const signed = Object.values(signature?.outputs ?? {}).flatMap(({ name, dtype, tensorShape }) =>
    name === undefined
      ? []
      : [
          {
            name: nodeOf(name),
            type: typeOf({ type: dtype }),
            shape: sizesOf(tensorShape?.dim?.map(({ size }) => size)),
          },
        ],
  );
  const used = new Set(modelTopology.node.flatMap(({ input }) => input.map(nodeOf)));
  const last = [...steps.keys()].filter((name) => !used.has(name));
  const outputs =
    signed.length > 0 ? signed : last.map((name) => ({ name, type: 'unknown', shape: undefined }));
  return { inputs, outputs, steps };
}

function stepOf(node: GraphNode, weightOf: (name: string) => readonly number[] | undefined): Step {
  const { name, op: operator } = node;
  const inputs = node.input.filter((input) => !input.startsWith('^')).map(nodeOf);
  const computed = inputs.filter((input) => weightOf(input) === undefined);
  const [from] = computed;
  // The sum of two computed tensors is not a bias.
  const common = { name, operator, from: computed.length === 1 ? from : undefined };
  const weights = inputs.map(weightOf).find((shape) => (shape?.length ?? 0) >= 2);
  if (weights !== undefined && /^(_Fused)?(MatMul|Conv2D)$/.test(operator)) {
    // A matrix or a kernel of one pixel.
    const whole = weights.slice(0, -2).every((size) => size === 1);
    return { ...common, kind: whole ? 'linear' : 'other', size: weights.at(-1) };
  }
  if (common.from === undefined) return { ...common, kind: 'other' };
  return { ...common, kind: KINDS.find(([pattern]) => pattern.test(operator))?.[1] ?? 'other' };
}

function isNode(node: GraphNode | '' | undefined): node is GraphNode {
  return typeof node === 'object';
}

/** `scores:0` is an output of the node `scores`. */
function nodeOf(tensor: string): string {
  return tensor.replace(/:\d+$/, '');
}

function typeOf(dtype: unknown): string {
  const { type } = (dtype ?? {}) as { type?: unknown };
  if (typeof type !== 'string') return 'unknown';
  const name = type.replace(/^DT_/, '').toLowerCase();
  return name === 'float' ? 'float32' : name;
}

function shapeOf(attr: GraphNode['attr']): (number | string)[] | undefined {
  const { shape } = (attr.shape ?? {}) as { shape?: { dim?: { size?: string | number }[] } };
  return sizesOf(shape?.dim?.map(({ size }) => Number(size ?? -1)));
}
