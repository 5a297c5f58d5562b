import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { network, node, tensor } from '../../../test/fixtures/small-networks.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import { EmbeddingModel } from '../models/embedding-model.ts';
import { meanOfMap } from '../networks/feature-map.ts';
import type { FeatureMapSession } from '../networks/feature-maps.port.ts';
import { Network } from '../networks/network.ts';
import { openOnnxFeatureMaps } from '../networks/onnxruntime/onnxruntime.feature-map-session.ts';
import { unitVector } from '../pipeline/unit-vector.ts';
import { contributionsOf } from './contributions.ts';

const SIDE = 8;
const WHOLE = { x: 0, y: 0, width: 1, height: 1 };

type Colour = readonly [number, number, number];

/** The features of this network are the mean colour of a picture: red, green and blue from 0 to 1. */
const meanColour = network({
  input: tensor('pixels', ['N', 3, SIDE, SIDE]),
  nodes: [
    node('Relu', ['pixels'], 'map'),
    node('GlobalAveragePool', ['map'], 'pooled'),
    node('Flatten', ['pooled'], 'embedding', { axis: 1 }),
  ],
  output: tensor('embedding', ['N', 3]),
});

describe('an explanation of which the answer is known', () => {
  let folder: string;
  let manifest: ModelManifest;
  let session: FeatureMapSession;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    await writeFile(join(folder, 'colour.onnx'), meanColour);
    manifest = {
      ...{ id: 'colour', revision: '1', precision: 'float32', format: 'onnx', file: 'colour.onnx' },
      ...{ sha256: createHash('sha256').update(meanColour).digest('hex'), bytes: meanColour.length },
      ...{ input: 'pixels', output: 'embedding', dimension: 3, licence: 'Apache-2.0', source: 'test' },
      preprocessing: {
        ...{ resize: SIDE, crop: SIDE, layout: 'NCHW' },
        ...{ mean: [0, 0, 0], std: [255, 255, 255] },
      },
    };
    session = await openOnnxFeatureMaps(manifest, folder);
  });
  afterAll(async () => {
    await session.close();
    await rm(folder, { recursive: true });
  });

  /** What the network sees of a picture whose pixels have these colours. */
  const picture = (colourAt: (row: number, column: number) => Colour) =>
    Uint8Array.from(
      Array.from({ length: SIDE * SIDE }, (_, at) => colourAt(Math.floor(at / SIDE), at % SIDE)).flat(),
    );
  const explain = async (one: Uint8Array, other: Uint8Array) => {
    const cache = { findVectors: async () => new Map(), storeVectors: async () => undefined };
    const model = new EmbeddingModel({ networks: [{ id: 'colour' }] }, [
      new Network(manifest, cache, () => Promise.reject(new Error('Not needed'))),
    ]);
    const map = await session.extractMap(one);
    const vector = unitVector(meanOfMap(map));
    const otherVector = unitVector(meanOfMap(await session.extractMap(other)));
    return contributionsOf(model, [{ map, region: WHOLE }], vector, otherVector);
  };

  const red = picture(() => [255, 0, 0]);

  it('gives all of the score to the one corner that is like the hit', async () => {
    const isCorner = (row: number, column: number) => row >= 6 && column >= 6;
    const query = picture((row, column) => (isCorner(row, column) ? [255, 0, 0] : [0, 0, 17]));
    const { rows, columns, values } = await explain(query, red);
    expect([rows, columns]).toEqual([SIDE, SIDE]);
    // Mean red 4/64, mean blue 60/64 ÷ 15 = 4/64.
    const score = Math.SQRT1_2;
    values.forEach((value, at) => {
      const here = isCorner(Math.floor(at / SIDE), at % SIDE);
      expect(value).toBeCloseTo(here ? score / 4 : 0, 6);
    });
  });

  it('divides the score evenly if each part is equally like the hit', async () => {
    const { values } = await explain(red, red);
    for (const value of values) expect(value).toBeCloseTo(1 / (SIDE * SIDE), 9);
  });

  it('refuses a vector that is not the mean of the map', async () => {
    const blue = picture(() => [0, 0, 255]);
    const map = await session.extractMap(red);
    const other = unitVector(meanOfMap(await session.extractMap(blue)));
    const model = { base: { combine: ([only]: Float32Array[]) => only }, name: 'colour' };
    const wrong = () =>
      contributionsOf(model as unknown as EmbeddingModel, [{ map, region: WHOLE }], other, other);
    expect(wrong).toThrow(expect.objectContaining({ code: 'EXPLANATION_UNAVAILABLE' }));
  });
});
