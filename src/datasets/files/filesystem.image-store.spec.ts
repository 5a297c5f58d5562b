import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { imageStoreContract } from '../../../test/contracts/image-store.contract.ts';
import { MemoryImageStore } from '../../../test/fakes/memory.image-store.ts';
import { files } from './file-calls.ts';
import { FilesystemImageStore } from './filesystem.image-store.ts';

const SHA = 'ab'.repeat(32);
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
    expect(store.locate(SHA)).toBe(join(directory, 'ab', 'ab', SHA));
    expect(await readdir(join(directory, 'ab', 'ab'))).toEqual([SHA]);
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

  it('replaces a file that has lost its end', async () => {
    const store = new FilesystemImageStore(directory);
    await store.put(SHA, Buffer.from('whole'));
    await writeFile(store.locate(SHA), 'who');
    await store.put(SHA, Buffer.from('whole'));
    expect((await store.read(SHA)).toString()).toBe('whole');
  });

  it('removes unfinished files of dead processes, and none of living ones', async () => {
    const dead = execFileSync(process.execPath, ['-p', 'process.pid'], { env: {} }).toString().trim();
    await mkdir(join(directory, 'tmp'));
    await writeFile(join(directory, 'tmp', `${dead}-x`), '');
    await writeFile(join(directory, 'tmp', `${process.pid}-y`), '');
    await new FilesystemImageStore(directory).put(SHA, Buffer.from('x'));
    expect(await readdir(join(directory, 'tmp'))).toEqual([`${process.pid}-y`]);
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
