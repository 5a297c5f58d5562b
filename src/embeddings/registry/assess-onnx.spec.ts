import { describe, expect, it } from '@jest/globals';
import {
  channelsLastClassifier,
  classifier,
  DOUBLE,
  featureMap,
  FLOAT16,
  node,
  numbers,
  pooledThen,
  tensor,
  UINT8,
  visionTower,
  weights,
} from '../../../test/fixtures/small-networks.ts';
import type { PreprocessingSpec } from '../catalogue/model-manifest.ts';
import { OnnxruntimeNetworkTrial } from './trial/onnxruntime.network-trial.ts';
import { assessOnnx } from './assess-onnx.ts';
import type { NetworkOptions } from './assessed-network.ts';
import { modelTrialFailed } from './registry.errors.ts';
import type { NetworkTrial } from './trial/network-trial.port.ts';
import { cutAt } from './onnx/cut-onnx.ts';
import { readOnnx } from './onnx/onnx-file.ts';
import { inspectOnnx } from './onnx/inspect-onnx.ts';

const trial = new OnnxruntimeNetworkTrial();

const picture = (crop: number, seed: number) =>
  Uint8Array.from({ length: 3 * crop * crop }, (_, at) => (Math.sin(at * seed) + 1) * 127);

const assess = (bytes: Uint8Array, options: NetworkOptions = {}) =>
  assessOnnx(
    bytes,
    { mean: [127.5], std: [127.5], ...options },
    trial,
    async ({ crop }: PreprocessingSpec) => [picture(crop, 0.37), picture(crop, 1.71)],
  );

/** The only output of a file for one picture. */
async function features(bytes: Uint8Array, input: string, output: string, shape: number[], count = 1) {
  const opened = await trial.openTrial(bytes);
  const data = Float32Array.from({ length: count * shape.reduce((a, b) => a * b, 1) }, (_, at) =>
    Math.sin(at),
  );
  const found = await opened.runPass({ name: input, data, shape: [count, ...shape] }, [output]);
  await opened.close();
  return found.get(output);
}

describe('assessOnnx', () => {
  it('cuts a classifier at its global average pool', async () => {
    const { bytes, ...assessed } = await assess(classifier());
    expect(assessed).toMatchObject({
      input: 'pixels',
      output: 'embedding',
      layer: 'GlobalAveragePool_pooled',
      dimension: 6,
      precision: 'float32',
      changed: true,
      batches: true,
      preprocessing: { crop: 8, layout: 'NCHW' },
    });
    const { graph } = readOnnx(bytes);
    expect(graph.node.map(({ opType }) => opType)).toEqual(['Conv', 'Relu', 'GlobalAveragePool', 'Flatten']);
    expect(graph.initializer.map(({ name }) => name)).toEqual(['kernel', 'bias']);
    const cut = await features(bytes, 'pixels', 'embedding', [3, 8, 8], 2);
    expect(cut?.shape).toEqual([2, 6]);
  });

  it('leaves networks with channels last unchanged', async () => {
    const assessed = await assess(channelsLastClassifier());
    expect(assessed).toMatchObject({
      layer: 'ReduceMean_mean',
      dimension: 6,
      preprocessing: { crop: 8, layout: 'NHWC' },
    });
  });

  it('takes the first token of a vision transformer', async () => {
    const { bytes, ...assessed } = await assess(visionTower(), { size: 8, layout: 'NCHW' });
    expect(assessed).toMatchObject({ dimension: 6, layer: 'Transpose_last_hidden_state', batches: true });
    const tokens = await features(visionTower(), 'pixels', 'last_hidden_state', [3, 8, 8]);
    const first = await features(bytes, 'pixels', 'embedding', [3, 8, 8]);
    expect(first?.data).toEqual(tokens?.data?.slice(0, 6));
  });

  it('prefers the pooled output to tokens', async () => {
    const assessed = await assess(visionTower({ pooled: true }), { size: 8, layout: 'NCHW' });
    expect(assessed).toMatchObject({ output: 'embedding', dimension: 6 });
    expect(readOnnx(assessed.bytes).graph.node.at(-2)?.opType).toBe('Tanh');
    expect(assessed.layer).toBeUndefined();
  });

  it('averages a feature map', async () => {
    expect(await assess(featureMap())).toMatchObject({ dimension: 6, layer: 'Relu_map' });
  });

  it('does not change a file that ends in features', async () => {
    const bytes = pooledThen([node('Flatten', ['pooled'], 'features')]);
    expect(await assess(bytes)).toMatchObject({ bytes, changed: false, output: 'features', batches: true });
  });

  it('cuts at the given tensor', async () => {
    const assessed = await assess(classifier(), { output: 'logits' });
    expect(assessed).toMatchObject({ dimension: 10, layer: 'Gemm_logits', output: 'embedding_out' });
  });

  it('makes the batch size of a file open if that works', async () => {
    const assessed = await assess(classifier({ batch: 1 }));
    expect(assessed).toMatchObject({ batches: true });
    expect(inspectOnnx(assessed.bytes)).toMatchObject({ dynamicBatch: true });
  });

  it.each([1, 'N'])(
    'marks a graph that is fixed to one picture inside, although it declares %s',
    async (batch) => {
      const bytes = pooledThen([node('Reshape', ['pooled', 'one'], 'features')], {
        input: tensor('pixels', [batch, 3, 8, 8]),
        initializer: [numbers('one', [1, 6])],
        output: tensor('features', [batch, 6]),
      });
      const assessed = await assess(bytes);
      expect(assessed.batches).toBe(false);
      expect(inspectOnnx(assessed.bytes)).toMatchObject({ dynamicBatch: false });
    },
  );

  const flat = () => [node('Flatten', ['pooled'], 'features')];

  it.each<[string, Uint8Array, NetworkOptions, string, string]>([
    [
      'a layout that the input contradicts',
      classifier(),
      { layout: 'NHWC', size: 8 },
      'MODEL_LAYOUT_WRONG',
      'The input of the network is [N, 3, 8, 8], but NHWC at this size would be [N, 8, 8, 3]',
    ],
    [
      'a size that the input contradicts',
      classifier(),
      { size: 224 },
      'MODEL_LAYOUT_WRONG',
      '[N, 3, 224, 224]',
    ],
    ['an input that may be either', visionTower(), { size: 8 }, 'MODEL_LAYOUT_UNKNOWN', '--layout'],
    ['an input that says no size', visionTower(), { layout: 'NCHW' }, 'MODEL_SIZE_UNKNOWN', '--size'],
    [
      'an output that does not exist',
      classifier(),
      { output: 'image_embeds' },
      'MODEL_OUTPUT_MISSING',
      'no output or inner tensor "image_embeds". Its outputs: probabilities. Layers that look like features: pooled.',
    ],
    [
      'another dimension than expected',
      classifier(),
      { dimension: 384 },
      'MODEL_DIMENSION_WRONG',
      '"pooled" gives 6 numbers per picture; expected 384',
    ],
    [
      'NaN',
      pooledThen([node('Neg', ['pooled'], 'n'), node('Log', ['n'], 'l'), node('Flatten', ['l'], 'features')]),
      {},
      'MODEL_FEATURES_INVALID',
      'they contain NaN or infinity',
    ],
    [
      'only zeros',
      pooledThen([node('Sub', ['pooled', 'pooled'], 'z'), node('Flatten', ['z'], 'features')]),
      {},
      'MODEL_FEATURES_INVALID',
      'they are all zero',
    ],
    [
      'the same for every picture',
      pooledThen(
        [
          node('Sub', ['pooled', 'pooled'], 'z'),
          node('Flatten', ['z'], 'f'),
          node('Add', ['f', 'offset'], 'features'),
        ],
        { initializer: [weights('offset', [6])] },
      ),
      {},
      'MODEL_FEATURES_INVALID',
      'the same for two different pictures',
    ],
    [
      'pictures in float16',
      pooledThen(flat(), { input: tensor('pixels', ['N', 3, 8, 8], FLOAT16) }),
      {},
      'MODEL_INPUT_UNFIT',
      'float16 [N, 3, 8, 8] as "pixels"; expected float32',
    ],
    [
      'pictures in bytes',
      pooledThen(flat(), { input: tensor('pixels', ['N', 3, 8, 8], UINT8) }),
      {},
      'MODEL_INPUT_UNFIT',
      'uint8',
    ],
    [
      'pictures of one channel',
      pooledThen(flat(), { input: tensor('pixels', ['N', 1, 8, 8]) }),
      {},
      'MODEL_INPUT_UNFIT',
      '[N, 1, 8, 8]',
    ],
    [
      'two inputs',
      pooledThen(flat(), {
        input: [tensor('pixels', ['N', 3, 8, 8]), tensor('input_ids', ['N', 'L'])],
      }),
      {},
      'MODEL_INPUT_UNFIT',
      '2 inputs (pixels [N, 3, 8, 8], input_ids [N, L])',
    ],
    [
      'always four pictures',
      pooledThen(flat(), { input: tensor('pixels', [4, 3, 8, 8]) }),
      {},
      'MODEL_INPUT_UNFIT',
      'exactly 4 pictures at once',
    ],
    [
      'features of another type',
      pooledThen(
        [...flat().map((one) => ({ ...one, output: ['f'] })), node('Cast', ['f'], 'features', { to: 11 })],
        {
          output: tensor('features', ['N', 6], DOUBLE),
        },
      ),
      {},
      'MODEL_OUTPUT_UNFIT',
      '"features" is float64; expected float32',
    ],
    [
      'a map that is no square',
      pooledThen([node('Slice', ['map', 'from', 'to', 'axis'], 'features')], {
        initializer: [numbers('from', [0]), numbers('to', [5]), numbers('axis', [2])],
        output: tensor('features', ['N', 6, 5, 8]),
      }),
      {},
      'MODEL_OUTPUT_UNFIT',
      '[1, 6, 5, 8]',
    ],
    [
      'a network that does not run',
      pooledThen([node('Nonsense', ['pooled'], 'features')]),
      {},
      'MODEL_TRIAL_FAILED',
      '',
    ],
    ['text', Buffer.from('no model'), {}, 'MODEL_UNREADABLE', ''],
    ['a resize below the size', classifier(), { resize: 4 }, 'MODEL_PREPROCESSING_INVALID', '--resize 4'],
  ])('refuses %s', async (_what, bytes, options, code, message) => {
    const assessing = assess(bytes, options);
    await expect(assessing).rejects.toMatchObject({ code });
    await expect(assessing).rejects.toThrow(message);
  });
});

describe('assessOnnx with a trial that fails', () => {
  /** Fails for two pictures with this error. */
  const failingInBatch = (error: Error): NetworkTrial => ({
    async openTrial(model) {
      const network = await trial.openTrial(model);
      return {
        runPass: async (input, outputs) => {
          if (input.shape[0] === 2) throw error;
          return network.runPass(input, outputs);
        },
        close: () => network.close(),
      };
    },
  });
  const assessing = (error: Error) =>
    assessOnnx(
      classifier(),
      { mean: [127.5], std: [127.5] },
      failingInBatch(error),
      async ({ crop }: PreprocessingSpec) => [picture(crop, 0.37), picture(crop, 1.71)],
    );

  it('falls back to one picture if the runtime cannot run two', async () => {
    expect(await assessing(modelTrialFailed('two are too many'))).toMatchObject({ batches: false });
  });

  it('does not hide other errors', async () => {
    await expect(assessing(new TypeError('a mistake'))).rejects.toThrow('a mistake');
  });
});

describe('cutAt', () => {
  it('chooses another name for the output if a required tensor has it', () => {
    const cut = cutAt(classifier(), 'logits', { pooling: 'none' });
    expect(cut.output).toBe('embedding_out');
    expect(readOnnx(cut.bytes).graph.output.map(({ name }) => name)).toEqual(['embedding_out']);
  });

  it('keeps what a branch inside a node takes from outside', () => {
    const model = readOnnx(classifier());
    // A node without inputs, whose inner graph uses the map.
    const inner = node('Identity', ['map'], 'inner');
    const outer = node('If', ['condition'], 'chosen');
    outer.attribute.push({
      ...node('x', [], 'y', { a: 1 }).attribute[0]!,
      name: 'then_branch',
      g: { ...model.graph, node: [inner], initializer: [], input: [], output: [tensor('inner', [])] },
    });
    const bytes = pooledThen([outer], { output: tensor('chosen', []) });
    const { graph } = readOnnx(cutAt(bytes, 'chosen', { pooling: 'none' }).bytes);
    expect(graph.node.map(({ opType }) => opType)).toEqual(['Conv', 'Relu', 'If', 'Identity']);
  });
});
