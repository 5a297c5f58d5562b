import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CROP, tinyFeatures, writeTinyModel } from '../../../../test/fixtures/tfjs-models.ts';
import { meanOfMap } from '../feature-map.ts';
import { openTfjsFeatureMaps } from './tfjs.feature-map-session.ts';

describe('feature maps of TensorFlow.js networks', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const pixels = Uint8Array.from({ length: 3 * CROP * CROP }, (_, at) => (at * 37) % 256);

  it.each(['tfjs-graph', 'tfjs-layers'] as const)(
    'of the format %s have the features as their mean',
    async (format) => {
      const { manifest } = await writeTinyModel(folder, 'tiny', format);
      const session = await openTfjsFeatureMaps(manifest, folder, 'wasm');
      try {
        const map = await session.extractMap(pixels);
        expect(map).toMatchObject({ rows: 8, columns: 8, channels: 8 });
        const wanted = tinyFeatures(pixels);
        meanOfMap(map).forEach((value, at) => expect(value).toBeCloseTo(wanted[at]!, 4));
        // The pixels can be used again.
        expect(await session.extractMap(pixels)).toEqual(map);
      } finally {
        await session.close();
      }
    },
  );

  it.each([
    ['tfjs-graph', 'scores', /"MatMul"/],
    ['tfjs-layers', 'classes', /"Dense"/],
    ['tfjs-graph', 'conv', /"Conv2D"/],
  ] as const)('of the format %s are refused behind "%s"', async (format, output, reason) => {
    const { manifest } = await writeTinyModel(folder, 'tiny', format);
    await expect(openTfjsFeatureMaps({ ...manifest, output }, folder, 'wasm')).rejects.toEqual(
      expect.objectContaining({ code: 'EXPLANATION_UNAVAILABLE', message: expect.stringMatching(reason) }),
    );
  });
});
