import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FeatureExtractor, Pixels } from '../../src/embeddings/networks/feature-extractor.port.ts';

export interface FeatureExtractorSubject {
  /** An extractor that is not loaded yet. */
  readonly extractor: FeatureExtractor;
  /** The width and height of its input pictures. */
  readonly crop: number;
}

/** Smooth colours that differ with the seed. */
export function picture(crop: number, seed: number): Pixels {
  const pixels = new Uint8Array(crop * crop * 3);
  for (let at = 0; at < pixels.length; at += 1) {
    const place = Math.floor(at / 3);
    const [x, y] = [(place % crop) / crop, Math.floor(place / crop) / crop];
    pixels[at] = 127 + 120 * Math.sin((seed + 1) * (3 * x + 2 * y) + seed * ((at % 3) + 1));
  }
  return pixels;
}

export function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, squaresOfA, squaresOfB] = [0, 0, 0];
  a.forEach((value, at) => {
    const other = b[at] ?? NaN;
    dot += value * other;
    squaresOfA += value * value;
    squaresOfB += other * other;
  });
  return dot / Math.sqrt(squaresOfA * squaresOfB);
}

/** The behaviour that every feature extractor must have. */
export function featureExtractorContract(make: () => FeatureExtractorSubject): void {
  describe('as a feature extractor', () => {
    let extractor: FeatureExtractor;
    let crop: number;

    beforeAll(async () => {
      ({ extractor, crop } = make());
      await extractor.loadNetwork();
    });

    afterAll(async () => {
      await extractor.close();
    });

    it('returns finite features of its dimension for each picture', async () => {
      const features = await extractor.extractFeatures([picture(crop, 0), picture(crop, 1)]);
      expect(features).toHaveLength(2);
      for (const feature of features) {
        expect(feature).toBeInstanceOf(Float32Array);
        expect(feature).toHaveLength(extractor.dimension);
        expect(feature.every((value) => Number.isFinite(value))).toBe(true);
        expect(feature.some((value) => value !== 0)).toBe(true);
      }
    });

    it('returns nothing for no pictures', async () => {
      expect(await extractor.extractFeatures([])).toEqual([]);
    });

    it('gives the same features for the same picture, alone or among others, in order', async () => {
      const pictures = Array.from({ length: extractor.capacity * 2 + 3 }, (_, seed) =>
        picture(crop, seed % 5),
      );
      const together = await extractor.extractFeatures(pictures);
      for (let seed = 0; seed < 5; seed += 1) {
        const [alone] = await extractor.extractFeatures([picture(crop, seed)]);
        for (let at = seed; at < pictures.length; at += 5) {
          expect(cosine(together[at]!, alone!)).toBeGreaterThan(0.9999);
        }
      }
      expect(cosine(together[0]!, together[1]!)).toBeLessThan(0.9999);
    });

    it('returns to each of several overlapping calls the features of that call’s pictures', async () => {
      const [first] = await extractor.extractFeatures([picture(crop, 1)]);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, call) => extractor.extractFeatures([picture(crop, call % 2)])),
      );
      answers.forEach(([features], call) => {
        const similarity = cosine(features!, first!);
        if (call % 2 === 1) expect(similarity).toBeGreaterThan(0.9999);
        else expect(similarity).toBeLessThan(0.9999);
      });
    });

    it('does not change the pictures that it is given', async () => {
      const pixels = picture(crop, 3);
      await extractor.extractFeatures([pixels]);
      expect(pixels).toEqual(picture(crop, 3));
    });

    it('reports how many pictures keep it busy', () => {
      expect(extractor.capacity).toBeGreaterThanOrEqual(1);
    });

    it('can be closed while pictures are in progress', async () => {
      for (const pause of [0, 2, 5, 10, 20]) {
        const other = make().extractor;
        await other.loadNetwork();
        const calls = Array.from({ length: 3 * other.capacity + 8 }, (_, seed) =>
          other.extractFeatures([picture(crop, seed)]),
        );
        const ends = Promise.allSettled(calls);
        await sleep(pause);
        await other.close();
        for (const end of await ends) {
          if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'EMBEDDING_UNAVAILABLE' });
          else expect(end.value[0]).toHaveLength(other.dimension);
        }
      }
    });

    it('may be loaded twice and closed twice', async () => {
      const other = make().extractor;
      await Promise.all([other.loadNetwork(), other.loadNetwork()]);
      await other.close();
      await other.close();
    });
  });
}
