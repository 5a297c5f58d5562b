import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { picture } from '../../../test/contracts/feature-extractor.contract.ts';
import {
  CROP,
  writeTinyModel,
  type TinyModel,
  type TinyOptions,
} from '../../../test/fixtures/tfjs-models.ts';
import { sharedPath } from '../../../test/shared-data.ts';
import { TfjsNetworkTrial } from './trial/tfjs.network-trial.ts';
import { assessTfjs } from './assess-tfjs.ts';
import type { NetworkOptions } from './assessed-network.ts';
import { inspectTfjs } from './tfjs/inspect-tfjs.ts';
import { readModelJson } from './tfjs/model-json.ts';

const FORMATS = ['tfjs-graph', 'tfjs-layers'] as const;
const trial = new TfjsNetworkTrial();

describe('assessTfjs', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const tiny = (format: (typeof FORMATS)[number], options: TinyOptions = {}) =>
    writeTinyModel(folder, format, format, options);
  const assess = (
    { modelJson, shards }: Pick<TinyModel, 'modelJson' | 'shards'>,
    options: NetworkOptions = {},
  ) =>
    assessTfjs(
      modelJson,
      shards.map((bytes, at) => ({ name: `${at}.bin`, bytes })),
      { mean: [127.5], std: [127.5], ...options },
      trial,
      async ({ crop }) => [picture(crop, 1), picture(crop, 2)],
    );
  /** The model with its topology changed. */
  const changed = (model: TinyModel, change: (text: string) => string) => ({
    ...model,
    modelJson: Buffer.from(change(model.modelJson.toString())),
  });

  it.each(FORMATS)('takes the pooled features of a %s from before its classifier', async (format) => {
    const { bytes, inspection, ...assessed } = await assess(await tiny(format));
    expect(assessed).toMatchObject({
      ...{ input: 'input', output: 'features', layer: 'features', dimension: 8, precision: 'float32' },
      ...{ changed: false, batches: true },
      preprocessing: { resize: 37, crop: CROP, layout: 'NHWC' },
    });
    expect(bytes.length).toBeGreaterThan(0);
    expect(inspection).toMatchObject({
      inputs: [{ name: 'input', type: 'float32', shape: ['N', CROP, CROP, 3], layout: 'NHWC' }],
      outputs: [{ name: format === 'tfjs-graph' ? 'scores' : 'classes', shape: ['N', 5] }],
      layers: [{ tensor: 'features', isOutput: false }],
    });
  });

  it.each(FORMATS)('takes the given output of a %s', async (format) => {
    const output = format === 'tfjs-graph' ? 'scores' : 'classes';
    const { layer, ...assessed } = await assess(await tiny(format), { output });
    expect(assessed).toMatchObject({ output, dimension: 5 });
    expect(layer).toBeUndefined();
  });

  it.each(FORMATS)('recognises a %s that takes one picture', async (format) => {
    expect(await assess(await tiny(format, { inputShape: [1, CROP, CROP, 3] }))).toMatchObject({
      batches: false,
      dimension: 8,
    });
  });

  it.each(FORMATS)('asks for the size if a %s leaves it open', async (format) => {
    const open = await tiny(format, { inputShape: [-1, -1, -1, 3] });
    await expect(assess(open)).rejects.toMatchObject({ code: 'MODEL_SIZE_UNKNOWN' });
    expect(await assess(open, { size: 64 })).toMatchObject({ dimension: 8, preprocessing: { crop: 64 } });
  });

  it.each<[string, NetworkOptions, object]>([
    ['an output that does not exist', { output: 'nowhere' }, { code: 'MODEL_OUTPUT_MISSING' }],
    ['another size', { size: 224 }, { code: 'MODEL_LAYOUT_WRONG' }],
    ['another layout', { layout: 'NCHW' }, { code: 'MODEL_LAYOUT_WRONG' }],
    ['another dimension', { dimension: 1280 }, { code: 'MODEL_DIMENSION_WRONG', details: { found: 8 } }],
    ['invalid preprocessing', { std: [0] }, { code: 'MODEL_PREPROCESSING_INVALID' }],
  ])('refuses %s', async (_what, options, error) => {
    for (const format of FORMATS) {
      await expect(assess(await tiny(format), options)).rejects.toMatchObject(error);
    }
  });

  it('refuses a feature map, which it cannot pool', async () => {
    await expect(assess(await tiny('tfjs-graph'), { output: 'relu' })).rejects.toMatchObject({
      code: 'MODEL_OUTPUT_UNFIT',
      details: { found: '[1, 8, 8, 8]' },
    });
  });

  it.each(FORMATS)('refuses a %s that gives NaN', async (format) => {
    await expect(assess(await tiny(format, { firstNumber: NaN }))).rejects.toMatchObject({
      code: 'MODEL_FEATURES_INVALID',
    });
  });

  it('refuses a model that does not run, because weights are missing or an operator is unknown', async () => {
    const graph = await tiny('tfjs-graph');
    await expect(assess({ ...graph, shards: graph.shards.slice(0, 1) })).rejects.toMatchObject({
      code: 'MODEL_TRIAL_FAILED',
    });
    const unknown = changed(graph, (text) => text.replace('"Relu"', '"Frobnicate"'));
    await expect(assess(unknown)).rejects.toMatchObject({ code: 'MODEL_TRIAL_FAILED' });
  });

  it.each([
    ['not JSON', 'picture', 'it is not JSON'],
    ['JSON of another kind', '{"models":[]}', 'its format is undefined'],
    ['in another format', '{"format":"saved-model"}', 'its format is "saved-model"'],
    ['null', 'null', 'expected object'],
    [
      'listing a shard in another folder',
      '{"format":"graph-model","modelTopology":{"node":[]},"weightsManifest":[{"paths":["../x"],"weights":[]}]}',
      'a shard must be a plain file name',
    ],
  ])('refuses a model.json that is %s', async (_what, text, problem) => {
    const assessing = assess({ modelJson: Buffer.from(text), shards: [] });
    await expect(assessing).rejects.toMatchObject({ code: 'MODEL_UNREADABLE' });
    await expect(assessing).rejects.toThrow(problem);
  });

  it('reads a sequence of layers as saved by TensorFlow.js itself', async () => {
    const functional = await tiny('tfjs-layers');
    const sequence = changed(functional, (text) => {
      const json = JSON.parse(text) as {
        modelTopology: { model_config: { config: { layers: { class_name: string; config: object }[] } } };
      };
      const [input, conv, ...others] = json.modelTopology.model_config.config.layers;
      const first = { ...conv!, config: { ...conv!.config, batch_input_shape: [null, CROP, CROP, 3] } };
      expect(input!.class_name).toBe('InputLayer');
      const layers = [first, ...others].map(({ class_name, config }) => ({ class_name, config }));
      const modelTopology = { class_name: 'Sequential', config: { name: 'tiny', layers } };
      return JSON.stringify({ ...json, modelTopology });
    });
    expect(await assess(sequence)).toMatchObject({
      ...{ input: 'conv_input', output: 'features', dimension: 8, batches: true },
    });
  });
});

const shared = sharedPath('models/mobilenet_v2/tfjs');

(shared === undefined ? describe.skip : describe)('inspectTfjs', () => {
  it.each([
    ['graph', 'Identity'],
    ['layers-f16', 'embedding'],
  ])('finds the features of MobileNetV2 in %s', async (folder, output) => {
    const bytes = await readFile(join(shared!, folder, 'model.json'));
    expect(inspectTfjs(readModelJson(bytes))).toMatchObject({
      inputs: [{ name: 'input', shape: ['N', 224, 224, 3], layout: 'NHWC' }],
      layers: [{ tensor: output, isOutput: true }],
    });
  });
});
