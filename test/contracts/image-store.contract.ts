import { createHash, randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ImageStore } from '../../src/datasets/files/image-store.port.ts';

function picture(size = 5_000): { sha256: string; bytes: Buffer } {
  const bytes = randomBytes(size);
  return { sha256: createHash('sha256').update(bytes).digest('hex'), bytes };
}

/** The behaviour that every image store must have. */
export function imageStoreContract(make: () => Promise<ImageStore>): void {
  describe('as an image store', () => {
    let store: ImageStore;

    beforeEach(async () => {
      store = await make();
    });

    it('returns the stored bytes, whole and as a stream', async () => {
      const { sha256, bytes } = picture();
      await store.put(sha256, bytes);
      expect(await store.has(sha256)).toBe(true);
      expect((await store.read(sha256)).equals(bytes)).toBe(true);
      const chunks: Buffer[] = [];
      for await (const chunk of await store.open(sha256)) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
      expect(store.locate(sha256)).toContain(sha256);
    });

    it('accepts the same bytes again, even concurrently', async () => {
      const { sha256, bytes } = picture();
      await Promise.all([store.put(sha256, bytes), store.put(sha256, bytes), store.put(sha256, bytes)]);
      await store.put(sha256, bytes);
      expect((await store.read(sha256)).equals(bytes)).toBe(true);
    });

    it('keeps many images apart', async () => {
      const pictures = Array.from({ length: 40 }, () => picture(100));
      await Promise.all(pictures.map(({ sha256, bytes }) => store.put(sha256, bytes)));
      for (const { sha256, bytes } of pictures) expect((await store.read(sha256)).equals(bytes)).toBe(true);
    });

    it('reports a missing image', async () => {
      const { sha256 } = picture();
      expect(await store.has(sha256)).toBe(false);
      await expect(store.read(sha256)).rejects.toMatchObject({ code: 'IMAGE_FILE_MISSING' });
      await expect(store.open(sha256)).rejects.toMatchObject({ code: 'IMAGE_FILE_MISSING' });
    });

    it('says of many images which it has, in their order', async () => {
      const pictures = Array.from({ length: 130 }, () => picture(10));
      const stored = pictures.filter((_picture, at) => at % 3 !== 0);
      await Promise.all(stored.map(({ sha256, bytes }) => store.put(sha256, bytes)));
      for (const some of [pictures, pictures.slice(0, 5), []]) {
        expect(await store.hasEach(some.map(({ sha256 }) => sha256))).toEqual(
          some.map((one) => stored.includes(one)),
        );
      }
    });

    it('checks what it has', async () => {
      const { sha256, bytes } = picture(3_000_000);
      expect(await store.check(sha256)).toBe('missing');
      await store.put(sha256, bytes);
      expect(await store.check(sha256)).toBe('intact');
    });

    it('deletes images and ignores missing ones', async () => {
      const { sha256, bytes } = picture();
      await store.put(sha256, bytes);
      await store.delete(sha256);
      expect(await store.has(sha256)).toBe(false);
      await store.delete(sha256);
      await store.put(sha256, bytes);
      expect(await store.has(sha256)).toBe(true);
    });

    it.each([3, 130])('deletes %i images at once, and leaves all others', async (count) => {
      const pictures = Array.from({ length: count }, () => picture(10));
      const [kept, ...others] = pictures.map(({ sha256 }) => sha256);
      await Promise.all(pictures.map(({ sha256, bytes }) => store.put(sha256, bytes)));
      for (const some of [others, others, []]) await store.deleteEach(some);
      expect(await store.hasEach([...others, kept!])).toEqual([...others.map(() => false), true]);
    });
  });
}
