import { describe, expect, it } from '@jest/globals';
import { picturesToCopy } from './copied-pictures.ts';

describe('picturesToCopy', () => {
  it.each([
    ['as many copies as images, if there are few', 160, 32],
    ['not fewer copies than images', 163, 33],
    ['500 copies', 800, 100],
    ['500 copies up to 10,000 images', 10_000, 100],
    ['a copy for every 20 images', 15_000, 150],
    ['1,000 copies at most', 1_000_000, 200],
  ])('gives %s', (_what, images, pictures) => {
    expect(picturesToCopy(images)).toBe(pictures);
  });
});
