import { describe, expect, it } from '@jest/globals';
import sharp, { type Sharp } from 'sharp';
import { blobsOf } from '../../../test/fixtures/pictures.ts';
import { SharpImageCheck } from '../import/sharp.image-check.ts';
import { HASHED_SIDE, hammingDistance, perceptualHash, type PerceptualHash } from './perceptual-hash.ts';

const check = new SharpImageCheck({ maxPixels: 50_000_000 });

async function hashOf(bytes: Uint8Array): Promise<PerceptualHash> {
  const hash = perceptualHash(await check.greySquare(bytes, HASHED_SIDE));
  if (hash === null) throw new Error('No hash');
  return hash;
}

describe('perceptualHash', () => {
  it.each([
    ['re-encoded', (picture: Sharp) => picture.jpeg({ quality: 50 })],
    ['scaled', (picture: Sharp) => picture.resize(144).webp({ quality: 70 })],
    ['brighter', (picture: Sharp) => picture.linear(1.1, 0).jpeg()],
    ['darker', (picture: Sharp) => picture.linear(0.9, 0).jpeg()],
    ['with transparency', (picture: Sharp) => picture.ensureAlpha(1).png()],
    ['of 16 bits', (picture: Sharp) => picture.toColourspace('rgb16').png()],
    ['stored lying down', (picture: Sharp) => picture.rotate(-90).withMetadata({ orientation: 6 }).jpeg()],
  ])('hardly differs for the same picture %s', async (_change, change) => {
    for (const seed of [1, 2, 3, 4]) {
      const original = await blobsOf(seed);
      const changed = await change(sharp(original)).toBuffer();
      expect(hammingDistance(await hashOf(original), await hashOf(changed))).toBeLessThanOrEqual(8);
    }
  });

  it('differs much between different pictures', async () => {
    const hashes = await Promise.all(
      Array.from({ length: 12 }, async (_hash, seed) => hashOf(await blobsOf(seed))),
    );
    hashes.forEach((a, at) => {
      for (const b of hashes.slice(at + 1)) expect(hammingDistance(a, b)).toBeGreaterThan(16);
    });
  });

  it('has no hash for a picture of a single colour', async () => {
    const plain = sharp({ create: { width: 50, height: 40, channels: 3, background: '#c33' } });
    const bytes = await plain.jpeg({ quality: 30 }).toBuffer();
    expect(perceptualHash(await check.greySquare(bytes, HASHED_SIDE))).toBeNull();
  });
});

describe('hammingDistance', () => {
  it('counts the bits that differ', () => {
    expect(hammingDistance({ high: 0, low: 0 }, { high: -1, low: -1 })).toBe(64);
    expect(hammingDistance({ high: 1 << 31, low: 3 }, { high: 0, low: 1 })).toBe(2);
    expect(hammingDistance({ high: 7, low: -9 }, { high: 7, low: -9 })).toBe(0);
  });
});
