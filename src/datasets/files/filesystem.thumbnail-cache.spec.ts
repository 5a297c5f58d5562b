import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FilesystemThumbnailCache } from './filesystem.thumbnail-cache.ts';

describe('FilesystemThumbnailCache', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('discards every thumbnail, and keeps new ones afterwards', async () => {
    const cache = new FilesystemThumbnailCache(join(folder, 'thumbnails'));
    await cache.discardAll();
    const sha256s = ['a'.repeat(64), 'b'.repeat(64)];
    for (const sha256 of sha256s) await cache.put(sha256, 128, Buffer.from('one'));
    await cache.discardAll();
    for (const sha256 of sha256s) expect(await cache.find(sha256, 128)).toBeUndefined();
    const names = await readdir(folder, { recursive: true });
    expect(names.filter((name) => name.endsWith('.webp'))).toEqual([]);
    await cache.put(sha256s[0]!, 128, Buffer.from('two'));
    expect(await cache.find(sha256s[0]!, 128)).toEqual(Buffer.from('two'));
  });

  it('deletes the widths of many images, and no other images', async () => {
    const cache = new FilesystemThumbnailCache(join(folder, 'thumbnails'));
    const sha256s = Array.from({ length: 60 }, (_, at) => String(at).padStart(64, '0'));
    for (const sha256 of sha256s) await cache.put(sha256, 128, Buffer.from('one'));
    const [kept, ...others] = sha256s;
    await cache.delete(others, [64, 128]);
    await cache.delete(others, [64, 128]);
    const found = await Promise.all(sha256s.map((sha256) => cache.find(sha256, 128)));
    expect(found.filter((bytes) => bytes !== undefined)).toHaveLength(1);
    expect(await cache.find(kept!, 128)).toEqual(Buffer.from('one'));
  });
});
