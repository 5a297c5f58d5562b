import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { assertWritable, writeWhole } from './write-file.ts';

describe('writing a file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('replaces a file as a whole', async () => {
    const file = join(folder, 'hits.html');
    await writeWhole(file, 'first');
    await writeWhole(file, 'second');
    expect(await readFile(file, 'utf8')).toBe('second');
    expect(await readdir(folder)).toEqual(['hits.html']);
  });

  it.each([
    ['a folder', ''],
    ['a file in a folder that does not exist', 'missing/hits.html'],
  ])('refuses %s before and when it is written, and leaves nothing behind', async (_what, name) => {
    const file = join(folder, 'inside', name);
    await mkdir(join(folder, 'inside'));
    const refusal = expect.objectContaining({ code: 'FILE_UNWRITABLE' });
    await expect(assertWritable(file)).rejects.toEqual(refusal);
    await expect(writeWhole(file, 'text')).rejects.toEqual(refusal);
    expect(await readdir(folder, { recursive: true })).toEqual(['inside']);
  });
});
