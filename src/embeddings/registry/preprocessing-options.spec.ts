import { describe, expect, it } from '@jest/globals';
import { preprocessingOf, type PreprocessingOptions } from './preprocessing-options.ts';

const of = (options: PreprocessingOptions) => preprocessingOf(options, 224, 'NCHW');

describe('preprocessingOf', () => {
  it('accepts numbers on a scale of 0…1', () => {
    expect(of({ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] })).toEqual({
      resize: 256,
      crop: 224,
      mean: [123.675, 116.28, 103.53],
      std: [58.395, 57.12, 57.375],
      layout: 'NCHW',
    });
  });

  it.each<[PreprocessingOptions, number, number]>([
    [{ mean: [127.5], std: [127.5] }, 127.5, 127.5],
    [{ mean: [0.5], std: [0.5] }, 127.5, 127.5],
    [{ mean: [0], std: [255] }, 0, 255],
    [{ mean: [0], std: [1], scale: 1 }, 0, 255],
    [{ mean: [0], std: [1], scale: 255 }, 0, 1],
    [{ mean: [0.5], std: [2], scale: 1 }, 127.5, 510],
  ])('reads %j', (options, mean, std) => {
    expect(of(options)).toMatchObject({ mean: [mean, mean, mean], std: [std, std, std] });
  });

  it('assumes the preprocessing of ImageNet', () => {
    expect(of({}).mean).toEqual([123.675, 116.28, 103.53]);
  });

  it.each<[PreprocessingOptions, string]>([
    [{ mean: [0], std: [1] }, '--scale 1'],
    [{ mean: [127.5], std: [0.5] }, 'different scales'],
    [{ mean: [0.5], std: [127.5] }, 'different scales'],
    [{ mean: [0.5] }, 'both --mean and --std'],
    [{ mean: [0.5, 0.5], std: [1] }, 'one number, or three'],
    [{ mean: [0.5], std: [0] }, 'greater than 0'],
    [{ resize: 200 }, '--resize 200'],
  ])('refuses %j', (options, problem) => {
    expect(() => of(options)).toThrow(
      expect.objectContaining({
        code: 'MODEL_PREPROCESSING_INVALID',
        message: expect.stringContaining(problem),
      }),
    );
  });

  it('resizes to the input itself if pictures are stretched, and accepts no other length', () => {
    const options = { mean: [0.5], std: [0.5], fit: 'stretch', interpolation: 'bilinear' } as const;
    expect(preprocessingOf(options, 224, 'NCHW')).toMatchObject({ resize: 224, crop: 224, fit: 'stretch' });
    expect(preprocessingOf({ ...options, resize: 224 }, 224, 'NCHW').interpolation).toBe('bilinear');
    expect(() => preprocessingOf({ ...options, resize: 256 }, 224, 'NCHW')).toThrow(
      '--resize 256 has no meaning',
    );
  });
});
