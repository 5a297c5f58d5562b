import { describe, expect, it } from '@jest/globals';
import { fakeManifest } from '../../../test/fakes/fake.feature-extractor.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import { networkIdentity } from './model-identity.ts';

describe('networkIdentity', () => {
  const { preprocessing } = fakeManifest;
  const digestOf = (changes: Partial<ModelManifest>) =>
    networkIdentity({ ...fakeManifest, ...changes }).digest;
  const usual = digestOf({});

  it('is that of former versions if pictures are prepared in the usual way', () => {
    expect(usual.slice(0, 8)).toBe('9e0dcc13');
    expect(digestOf({ preprocessing: { ...preprocessing, fit: 'crop', interpolation: 'bicubic' } })).toBe(
      usual,
    );
  });

  it('differs if pictures are stretched or resized in another way', () => {
    const stretched = digestOf({ preprocessing: { ...preprocessing, fit: 'stretch' } });
    const bilinear = digestOf({ preprocessing: { ...preprocessing, interpolation: 'bilinear' } });
    expect(new Set([usual, stretched, bilinear]).size).toBe(3);
  });

  it('does not cover what pictures do not depend on', () => {
    const file = { file: 'text.onnx', sha256: '1'.repeat(64), bytes: 1 };
    const text = {
      ...file,
      tokenizer: file,
      input: 'ids',
      output: 'out',
      length: 8,
      padding: 0,
      lowerCase: false,
    };
    expect(digestOf({ text, recipe: 'clip-vit-b32', licenceUrl: 'https://example.org' })).toBe(usual);
  });
});
