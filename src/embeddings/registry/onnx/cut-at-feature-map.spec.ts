import { describe, expect, it } from '@jest/globals';
import {
  channelsLastClassifier,
  classifier,
  featureMap,
  network,
  node,
  numbers,
  pooledThen,
  tensor,
  visionTower,
  weights,
} from '../../../../test/fixtures/small-networks.ts';
import { featureMapOf, meanOfMap } from '../../networks/feature-map.ts';
import { OnnxruntimeNetworkTrial } from '../trial/onnxruntime.network-trial.ts';
import { cutAtFeatureMap } from './cut-at-feature-map.ts';
import { cutAt } from './cut-onnx.ts';

const trial = new OnnxruntimeNetworkTrial();

async function outputOf(bytes: Uint8Array, output: string, shape: readonly number[]) {
  const opened = await trial.openTrial(bytes);
  try {
    const data = Float32Array.from({ length: 3 * 8 * 8 }, (_, at) => Math.sin(at));
    const found = (await opened.runPass({ name: 'pixels', data, shape }, [output])).get(output)!;
    return { shape: found.shape, data: found.data! };
  } finally {
    await opened.close();
  }
}

describe('cutAtFeatureMap', () => {
  const chw = [1, 3, 8, 8];

  it.each([
    ['a global average pool', cutAt(classifier(), 'embedding', { dimension: 6 }), chw],
    ['a mean over axes', cutAt(channelsLastClassifier(), 'mean', { dimension: 6 }), [1, 8, 8, 3]],
    ['the pool of a map, added at registration', cutAt(featureMap(), 'map', { pooling: 'pool-nchw' }), chw],
    ['the mean of tokens in a square', cutAt(visionTower({ pooled: true }), 'pooled', { dimension: 6 }), chw],
  ])('finds the map before %s', async (_what, { bytes, output }, shape) => {
    const cut = cutAtFeatureMap(bytes, 'small', output);
    const features = await outputOf(bytes, output, shape);
    const found = await outputOf(cut.bytes, cut.output, shape);
    const map = featureMapOf({ id: 'small', channels: 6, ...cut }, found.data, found.shape);
    expect(map.rows).toBe(map.columns);
    expect(map.rows).toBeGreaterThan(1);
    meanOfMap(map).forEach((value, at) => expect(value).toBeCloseTo(features.data[at]!, 5));
  });

  it('reads the 8-bit numbers before a quantised mean', async () => {
    const scale = (name: string, value: number) => ({ ...weights(name, []), rawData: bytesOf(value) });
    const zero = { ...numbers('zero', [0]), dims: [], dataType: 2, int64Data: [], int32Data: [0] };
    const quantised = network({
      input: tensor('pixels', ['N', 3, 8, 8]),
      nodes: [
        node('QuantizeLinear', ['pixels', 'scale', 'zero'], 'bytes'),
        node('QLinearGlobalAveragePool', ['bytes', 'scale', 'zero', 'fine', 'zero'], 'pooled'),
        node('DequantizeLinear', ['pooled', 'fine', 'zero'], 'numbers'),
        node('Flatten', ['numbers'], 'embedding', { axis: 1 }),
      ],
      initializer: [scale('scale', 1 / 255), scale('fine', 1 / 512), zero],
      output: tensor('embedding', ['N', 3]),
    });
    const cut = cutAtFeatureMap(quantised, 'small', 'embedding');
    const { shape, data } = await outputOf(cut.bytes, cut.output, chw);
    expect(shape).toEqual(chw);
    data.forEach((value, at) => expect(value).toBeCloseTo(Math.max(0, Math.sin(at)), 2));
  });

  it.each([
    ['the first token', cutAt(visionTower(), 'last_hidden_state', { pooling: 'first-token' }), /"Gather"/],
    ['a layer behind the mean', cutAt(visionTower({ pooled: true }), 'pooler_output'), /"Tanh"/],
    [
      'a dense layer behind the mean',
      {
        output: 'features',
        bytes: pooledThen(
          [node('Flatten', ['pooled'], 'flat'), node('MatMul', ['flat', 'dense'], 'features')],
          {
            initializer: [weights('dense', [6, 6])],
          },
        ),
      },
      /"MatMul"/,
    ],
    [
      'the mean of the picture itself',
      {
        output: 'features',
        bytes: network({
          input: tensor('pixels', ['N', 3, 8, 8]),
          nodes: [node('GlobalAveragePool', ['pixels'], 'mean'), node('Flatten', ['mean'], 'features')],
          output: tensor('features', ['N', 3]),
        }),
      },
      /the picture itself/,
    ],
  ])('refuses %s', (_what, { bytes, output }, reason) => {
    const refused = expect.objectContaining({
      code: 'EXPLANATION_UNAVAILABLE',
      message: expect.stringMatching(reason),
    });
    expect(() => cutAtFeatureMap(bytes, 'small', output)).toThrow(refused);
  });
});

describe('featureMapOf', () => {
  it('arranges channels first and channels last alike', () => {
    const firsts = Float32Array.of(1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60);
    const lasts = Float32Array.of(1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60);
    const small = { id: 'small', channels: 2, channelsLast: false };
    const map = featureMapOf(small, firsts, [1, 2, 1, 6]);
    expect(map).toEqual({ rows: 1, columns: 6, channels: 2, cells: lasts });
    expect([...meanOfMap(map)]).toEqual([3.5, 35]);
    expect(featureMapOf(small, lasts, [1, 1, 6, 2])).toEqual(map);
    // Whose shape fits both.
    const both = Float32Array.of(1, 10, 2, 20, 3, 30, 4, 40);
    expect(featureMapOf({ ...small, channelsLast: true }, both, [1, 2, 2, 2]).cells).toEqual(both);
    expect(featureMapOf(small, both, [1, 2, 2, 2]).cells).not.toEqual(both);
  });

  it.each([
    ['tokens that form no square', [1, 5, 6]],
    ['a vector', [1, 6]],
    ['a map of other features', [1, 7, 4, 4]],
    ['a map that is too large', [1, 6, 100, 100]],
  ])('refuses %s', (_what, shape) => {
    const numbers = new Float32Array(shape.reduce((product, size) => product * size, 1));
    expect(() => featureMapOf({ id: 'small', channels: 6, channelsLast: false }, numbers, shape)).toThrow(
      expect.objectContaining({ code: 'EXPLANATION_UNAVAILABLE' }),
    );
  });
});

function bytesOf(value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Float32Array.of(value).buffer);
}
