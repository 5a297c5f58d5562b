import { afterEach, describe, expect, it } from '@jest/globals';
import { textFeatureExtractorContract } from '../../../../test/contracts/text-feature-extractor.contract.ts';
import { TEXT_LENGTH, textTowerOfColours, tokenizerJson } from '../../../../test/fixtures/two-towers.ts';
import { modelFileMissing } from '../../embeddings.errors.ts';
import type { TextFiles } from '../../catalogue/model-files.ts';
import type { TextSpec } from '../text-feature-extractor.port.ts';
import { OnnxruntimeTextFeatureExtractor } from './onnxruntime.text-feature-extractor.ts';

const SPEC: TextSpec = {
  ...{ input: 'input_ids', mask: 'attention_mask', output: 'text_embeds' },
  ...{ length: TEXT_LENGTH, padding: 0, lowerCase: false },
};

function make(
  spec: Partial<TextSpec> = {},
  files: Partial<TextFiles> = {},
  dimension = 3,
): OnnxruntimeTextFeatureExtractor {
  const read = () => Promise.resolve({ model: textTowerOfColours(), tokenizer: tokenizerJson(), ...files });
  const parts = { spec: { ...SPEC, ...spec }, dimension, file: 'text.onnx', read, threads: 1 };
  return new OnnxruntimeTextFeatureExtractor(parts);
}

describe('OnnxruntimeTextFeatureExtractor', () => {
  textFeatureExtractorContract(() => make());
});

describe('OnnxruntimeTextFeatureExtractor, on its own', () => {
  let extractors: OnnxruntimeTextFeatureExtractor[] = [];

  const kept = (extractor: OnnxruntimeTextFeatureExtractor) => {
    extractors.push(extractor);
    return extractor;
  };

  afterEach(async () => {
    await Promise.all(extractors.map((extractor) => extractor.close()));
    extractors = [];
  });

  it('needs no mask, and takes a fixed length', async () => {
    const model = textTowerOfColours({ mask: false, length: TEXT_LENGTH });
    const { input, output, length, padding, lowerCase } = SPEC;
    const spec = { input, output, length, padding, lowerCase };
    const parts = { spec, dimension: 3, file: 'text.onnx', threads: 1 };
    const extractor = kept(
      new OnnxruntimeTextFeatureExtractor({
        ...parts,
        read: () => Promise.resolve({ model, tokenizer: tokenizerJson() }),
      }),
    );
    const [features] = await extractor.extractFeatures(['red']);
    expect(features?.[0]).toBeGreaterThan(0);
  });

  it.each([
    [
      'an input',
      { input: 'ids' },
      {},
      3,
      'it has the inputs input_ids, attention_mask, not ids, attention_mask',
    ],
    ['an output', { output: 'pooled' }, {}, 3, 'it has the outputs text_embeds, not "pooled"'],
    ['the length of the vectors', {}, {}, 4, 'its output is [1, 3], not [1, 4]'],
    ['the length of texts', {}, { model: textTowerOfColours({ length: 5 }) }, 3, 'Expected: 5'],
    ['a tokenizer', {}, { tokenizer: Buffer.from('{}') }, 3, ''],
  ] as const)(
    'refuses a file that contradicts its manifest in %s',
    async (_, spec, files, dimension, problem) => {
      await expect(kept(make(spec, files, dimension)).loadNetwork()).rejects.toMatchObject({
        code: 'MODEL_INVALID',
        details: { file: 'text.onnx', problem: expect.stringContaining(problem) as unknown },
      });
    },
  );

  it('tries again after its files could not be read', async () => {
    let reads = 0;
    const extractor = kept(
      new OnnxruntimeTextFeatureExtractor({
        ...{ spec: SPEC, dimension: 3, file: 'text.onnx', threads: 1 },
        read: async () => {
          if ((reads += 1) === 1) throw modelFileMissing('text.onnx');
          return { model: textTowerOfColours(), tokenizer: tokenizerJson() };
        },
      }),
    );
    await expect(extractor.loadNetwork()).rejects.toMatchObject({ code: 'MODEL_FILE_MISSING' });
    expect(await extractor.extractFeatures(['red'])).toHaveLength(1);
  });

  it('answers nothing once it is closed', async () => {
    const extractor = kept(make());
    await extractor.close();
    await expect(extractor.extractFeatures(['red'])).rejects.toMatchObject({ code: 'EMBEDDING_UNAVAILABLE' });
  });
});
