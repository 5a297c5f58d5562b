import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FileLock } from './file-lock.ts';

describe('FileLock.during', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    path = join(folder, 'new', '.lock');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, (inside += 1));
      await new Promise(setImmediate);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 5 }, () => FileLock.during(path, 60_000, work)));
    expect(most).toBe(1);
  });

  it('gives up where the others take too long', async () => {
    await FileLock.during(path, 0, async () => {
      await expect(FileLock.during(path, 0, async () => undefined)).rejects.toMatchObject({ code: 'LOCKED' });
    });
  });

  it('is free after a failure', async () => {
    const failing = async () => {
      throw new Error('no');
    };
    await expect(FileLock.during(path, 0, failing)).rejects.toThrow('no');
    expect(await FileLock.during(path, 0, async () => 'yes')).toBe('yes');
  });
});

describe('FileLock.isHeld', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('tells a lock that is held from one that is free or was never there', () => {
    const path = join(folder, 'process.lock');
    expect(FileLock.isHeld(path)).toBe(false);
    const lock = FileLock.take(path);
    expect(FileLock.isHeld(path)).toBe(true);
    lock.release();
    expect(FileLock.isHeld(path)).toBe(false);
  });

  it('does not take a lock for free that cannot be looked at', () => {
    expect(() => FileLock.isHeld(folder)).toThrow();
  });
});

describe('FileLock.compete', () => {
  it('gives the lock to one at a time', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    const path = join(folder, 'locks', 'one.lock');
    const first = FileLock.compete(path);
    expect(first).toBeDefined();
    expect(FileLock.compete(path)).toBeUndefined();
    first?.release();
    const second = FileLock.compete(path);
    expect(second).toBeDefined();
    second?.release();
    await rm(folder, { recursive: true });
  });
});
