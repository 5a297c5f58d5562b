import { describe, expect, it } from '@jest/globals';
import {
  clipVision,
  dinov2,
  mobileclipVision,
  ppShitu,
  siglipVision,
} from '../../../test/fixtures/published-networks.ts';
import { FLOAT16, network, node, tensor } from '../../../test/fixtures/small-networks.ts';
import { assessOnnx } from './assess-onnx.ts';
import type { NetworkOptions } from './assessed-network.ts';
import { recipeNamed } from './recipe-fit.ts';
import { RECIPES } from './recipes.ts';
import { OnnxruntimeNetworkTrial } from './trial/onnxruntime.network-trial.ts';

const trial = new OnnxruntimeNetworkTrial();

const picture = (crop: number, seed: number) =>
  Uint8Array.from({ length: 3 * crop * crop }, (_, at) => (Math.sin(at * seed) + 1) * 127);

const assess = (recipe: string, bytes: Uint8Array, options: NetworkOptions = {}) =>
  assessOnnx(
    bytes,
    options,
    trial,
    async ({ crop }) => [picture(crop, 0.37), picture(crop, 1.71)],
    recipeNamed(recipe),
  );

const IMAGENET = { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] };
const CLIP = {
  mean: [122.7709383, 116.7460125, 104.09373615],
  std: [68.5005327, 66.6321579, 70.32316305],
};
const HALF = { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] };
const UNIT = { mean: [0, 0, 0], std: [255, 255, 255] };

describe('recipes', () => {
  it.each([
    [
      'pp-shituv2',
      ppShitu(),
      512,
      { resize: 224, crop: 224, fit: 'stretch', interpolation: 'bilinear', ...IMAGENET },
    ],
    [
      'siglip2-b16-224',
      siglipVision(224),
      768,
      { resize: 224, crop: 224, fit: 'stretch', interpolation: 'bilinear', ...HALF },
    ],
    [
      'siglip2-b16-256',
      siglipVision(256),
      768,
      { resize: 256, crop: 256, fit: 'stretch', interpolation: 'bilinear', ...HALF },
    ],
    ['clip-vit-b32', clipVision(), 512, { resize: 224, crop: 224, ...CLIP }],
    ['clip-vit-b16', clipVision({ patch: 16 }), 512, { resize: 224, crop: 224, ...CLIP }],
    ['clip-vit-l14', clipVision({ patch: 14, dimension: 768 }), 768, { resize: 224, crop: 224, ...CLIP }],
    ['dinov2-small', dinov2(384), 384, { resize: 256, crop: 224, ...IMAGENET }],
    ['dinov2-base', dinov2(768), 768, { resize: 256, crop: 224, ...IMAGENET }],
    [
      'mobileclip-s0',
      mobileclipVision(),
      512,
      { resize: 256, crop: 256, interpolation: 'bilinear', ...UNIT },
    ],
  ] as const)(
    '%s prepares pictures for a network of its shape and finds the features',
    async (name, bytes, dimension, preprocessing) => {
      const assessed = await assess(name, bytes);
      expect(assessed).toMatchObject({ dimension, batches: true, precision: 'float32' });
      expect(assessed.preprocessing).toEqual({ layout: 'NCHW', ...preprocessing });
    },
  );

  it('take the first token of DINOv2, and the named output among several', async () => {
    expect(await assess('dinov2-small', dinov2(384))).toMatchObject({
      output: 'embedding',
      layer: 'LayerNormalization_last_hidden_state',
    });
    expect((await assess('clip-vit-b32', clipVision())).changed).toBe(true);
    const siglip = await assess('siglip2-b16-224', siglipVision(224));
    expect(siglip.inspection.outputs.map(({ name }) => name)).toContain('pooler_output');
  });

  it('give way to options', async () => {
    const assessed = await assess('clip-vit-b32', clipVision({ size: 256 }), {
      size: 256,
      mean: [0.5],
      std: [0.5],
      interpolation: 'bilinear',
    });
    expect(assessed.preprocessing).toEqual({
      ...{ layout: 'NCHW', resize: 256, crop: 256, interpolation: 'bilinear', ...HALF },
    });
    const other = await assess('clip-vit-b32', clipVision({ dimension: 640 }), { dimension: 640 });
    expect(other.dimension).toBe(640);
  });

  it.each([
    [
      'siglip2-b16-224',
      siglipVision(256),
      'the input',
      'one input float32 [N, 3, 224, 224]',
      '"pixel_values" float32 [batch_size, 3, 256, 256]',
    ],
    ['clip-vit-l14', clipVision(), 'the output "image_embeds"', '[N, 768]', '[N, 512]'],
    ['clip-vit-b32', dinov2(512), 'the output "last_hidden_state"', '[N, 512]', '[N, 257, 512]'],
    [
      'dinov2-base',
      dinov2(384),
      'the output "last_hidden_state"',
      '[N, 768], or tokens [N, T, 768]',
      '[N, 257, 384]',
    ],
    [
      'mobileclip-s1',
      siglipVision(256),
      'the outputs',
      '"image_embeds" or a single output',
      'last_hidden_state, pooler_output',
    ],
    ['pp-shituv2', ppShitu(256), 'the output "save_infer_model/scale_0.tmp_1"', '[N, 512]', '[N, 256]'],
  ])('%s refuses a network of another shape', async (recipe, bytes, part, expected, found) => {
    await expect(assess(recipe, bytes)).rejects.toMatchObject({
      code: 'MODEL_RECIPE_UNFIT',
      details: { recipe, part, expected, found },
    });
  });

  it('refuse another number of channels or type', async () => {
    const of = (input: ReturnType<typeof tensor>) =>
      network({ input, nodes: [node('Identity', ['x'], 'y')], output: tensor('y', ['N', 512]) });
    await expect(assess('clip-vit-b32', of(tensor('x', ['N', 1, 224, 224])))).rejects.toMatchObject({
      details: { found: '"x" float32 [N, 1, 224, 224]' },
    });
    await expect(assess('clip-vit-b32', of(tensor('x', ['N', 3, 224, 224], FLOAT16)))).rejects.toMatchObject({
      details: { found: '"x" float16 [N, 3, 224, 224]' },
    });
  });

  it('are found by name', () => {
    expect(recipeNamed('CLIP-ViT-B32').dimension).toBe(512);
    expect(() => recipeNamed('clip-vit-b23')).toThrow(/no recipe "clip-vit-b23".*clip-vit-b32/);
  });

  it('each name a licence, a card and outputs that can be told apart', () => {
    expect(new Set(RECIPES.map(({ name }) => name)).size).toBe(RECIPES.length);
    for (const { licence, licenceUrl, card } of RECIPES) {
      expect(licence).toMatch(/^[\w.-]+$/);
      expect([licenceUrl, card].every((url) => url.startsWith('https://'))).toBe(true);
    }
  });
});
