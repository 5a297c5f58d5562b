import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TextFeatureExtractor } from '../../src/embeddings/networks/text-feature-extractor.port.ts';
import { cosine } from './feature-extractor.contract.ts';

/** The behaviour that every extractor of the model in `test/fixtures/two-towers.ts` must have. */
export function textFeatureExtractorContract(make: () => TextFeatureExtractor): void {
  describe('as a text feature extractor', () => {
    let extractor: TextFeatureExtractor;

    beforeAll(async () => {
      extractor = make();
      await extractor.loadNetwork();
    });

    afterAll(async () => {
      await extractor.close();
    });

    const featuresOf = async (text: string) => (await extractor.extractFeatures([text]))[0]!;

    it('returns finite features of its dimension for each text', async () => {
      const features = await extractor.extractFeatures(['red', 'a coat', '?']);
      expect(features).toHaveLength(3);
      for (const feature of features) {
        expect(feature).toBeInstanceOf(Float32Array);
        expect(feature).toHaveLength(extractor.dimension);
        expect(feature.every(Number.isFinite)).toBe(true);
        expect(feature.some((value) => value !== 0)).toBe(true);
      }
    });

    it('returns nothing for no texts', async () => {
      expect(await extractor.extractFeatures([])).toEqual([]);
    });

    it('places a text near the pictures that it describes', async () => {
      const pictures = { red: [1, -1, -1], green: [-1, 1, -1], blue: [-1, -1, 1] };
      for (const [word, own] of Object.entries(pictures)) {
        const text = await featuresOf(`a ${word} coat`);
        const scores = Object.values(pictures).map((picture) => cosine(text, Float32Array.from(picture)));
        expect(Math.max(...scores)).toBeCloseTo(cosine(text, Float32Array.from(own)), 6);
        expect(Math.max(...scores)).toBeGreaterThan(0.9);
      }
    });

    it('does not care about upper case and spaces', async () => {
      expect(await featuresOf('  RED\n Coat ')).toEqual(await featuresOf('red coat'));
    });

    it('cuts a text off at its length', async () => {
      const long = await featuresOf(`${'red '.repeat(10)}${'blue '.repeat(50)}`);
      expect(cosine(long, await featuresOf('red red red red red red'))).toBeGreaterThan(0.999);
    });

    it('gives each of several overlapping calls the features of its own texts, in order', async () => {
      const words = ['red', 'green', 'blue', 'yellow'];
      const alone = await extractor.extractFeatures(words);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, call) => extractor.extractFeatures([words[call % 4]!, 'coat'])),
      );
      answers.forEach(([features], call) => expect(features).toEqual(alone[call % 4]));
    });

    it('may be loaded twice and closed twice', async () => {
      const other = make();
      await Promise.all([other.loadNetwork(), other.loadNetwork()]);
      await other.close();
      await other.close();
    });
  });
}
