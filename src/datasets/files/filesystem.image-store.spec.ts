import { hash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { imageStoreContract } from '../../../test/contracts/image-store.contract.ts';
import { MemoryImageStore } from '../../../test/fakes/memory.image-store.ts';
import { files } from './file-calls.ts';
import { FilesystemImageStore } from './filesystem.image-store.ts';

const SHA = hash('sha256', 'x');
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lookalike-store-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

describe('MemoryImageStore', () => {
  imageStoreContract(async () => new MemoryImageStore());
});

describe('FilesystemImageStore', () => {
  imageStoreContract(async () => new FilesystemImageStore(join(directory, 'images')));

  it('fans out over folders, and leaves nothing else behind', async () => {
    const store = new FilesystemImageStore(directory);
    await store.put(SHA, Buffer.from('x'));
    expect(store.locate(SHA)).toBe(join(directory, SHA.slice(0, 2), SHA.slice(2, 4), SHA));
    expect(await readdir(join(directory, SHA.slice(0, 2), SHA.slice(2, 4)))).toEqual([SHA]);
    expect(await readdir(join(directory, 'tmp'))).toEqual([]);
  });

  it('writes again once a full disk has room, even if it could not create its folders', async () => {
    const store = new FilesystemImageStore(join(directory, 'images'));
    const mkdir = jest.spyOn(files, 'mkdir');
    mkdir.mockRejectedValueOnce(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
    await expect(store.put(SHA, Buffer.from('x'))).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    mkdir.mockRestore();
    await store.put(SHA, Buffer.from('x'));
    expect((await store.read(SHA)).toString()).toBe('x');
  });

  it('makes a path only of a sha256', () => {
    const store = new FilesystemImageStore(directory);
    for (const name of ['../../etc/passwd', '', SHA.toUpperCase(), `${SHA}/..`]) {
      expect(() => store.locate(name)).toThrow('sha256');
    }
  });

  it('replaces a file that has lost its end, or a bit', async () => {
    const store = new FilesystemImageStore(directory);
    const sha256 = hash('sha256', 'whole');
    await store.put(sha256, Buffer.from('whole'));
    for (const damaged of ['who', 'whale']) {
      await writeFile(store.locate(sha256), damaged);
      await store.put(sha256, Buffer.from('whole'));
      expect((await store.read(sha256)).toString()).toBe('whole');
    }
  });

  it.each([20, 9_000_000])('never hands out a damaged file of %i bytes, and sets it aside', async (size) => {
    const store = new FilesystemImageStore(directory);
    const bytes = Buffer.alloc(size, 7);
    const sha256 = hash('sha256', bytes);
    const aside = join(directory, 'damaged', sha256);
    for (const use of ['read', 'open', 'check'] as const) {
      await store.put(sha256, bytes);
      const damaged = Buffer.from(bytes);
      damaged[size - 1] = 8;
      await writeFile(store.locate(sha256), damaged);
      if (use === 'check') expect(await store.check(sha256)).toBe('damaged');
      else await expect(store[use](sha256)).rejects.toMatchObject({ code: 'IMAGE_FILE_DAMAGED' });
      expect(await store.has(sha256)).toBe(false);
      expect((await readFile(aside)).equals(damaged)).toBe(true);
    }
    // Somebody has repaired it.
    await writeFile(aside, bytes);
    expect(await store.check(sha256)).toBe('intact');
    expect((await store.read(sha256)).equals(bytes)).toBe(true);
    await writeFile(store.locate(sha256), 'else');
    await store.check(sha256);
    await store.delete(sha256);
    expect(await readdir(join(directory, 'damaged'))).toEqual([]);
  });

  it('removes unfinished files of dead processes, and none of living ones', async () => {
    const dead = execFileSync(process.execPath, ['-p', 'process.pid'], { env: {} }).toString().trim();
    await mkdir(join(directory, 'tmp'));
    await writeFile(join(directory, 'tmp', `${dead}-x`), '');
    await writeFile(join(directory, 'tmp', `${process.pid}-y`), '');
    await new FilesystemImageStore(directory).put(SHA, Buffer.from('x'));
    expect(await readdir(join(directory, 'tmp'))).toEqual([`${process.pid}-y`]);
  });

  it.each([1, 60])('rejects if one of %i files cannot be deleted', async (count) => {
    const store = new FilesystemImageStore(directory);
    const sha256s = Array.from({ length: count }, (_, at) => hash('sha256', String(at)));
    for (const [at, sha256] of sha256s.entries()) await store.put(sha256, Buffer.from(String(at)));
    // A folder is no file.
    await rm(store.locate(sha256s[0]!));
    await mkdir(store.locate(sha256s[0]!));
    await expect(store.deleteEach(sha256s)).rejects.toThrow();
    expect((await store.hasEach(sha256s)).filter((isThere) => isThere)).toEqual([]);
    expect(await store.has(sha256s[0]!)).toBe(true);
  });

  it('survives the removal of its folder', async () => {
    const store = new FilesystemImageStore(join(directory, 'images'));
    await store.put(SHA, Buffer.from('x'));
    await rm(join(directory, 'images'), { recursive: true });
    await store.put(SHA, Buffer.from('x')).catch(() => undefined);
    await store.put(SHA, Buffer.from('x'));
    expect((await store.read(SHA)).toString()).toBe('x');
  });
});
