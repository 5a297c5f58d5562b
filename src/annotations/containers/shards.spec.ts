import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isPattern, shardsOf } from './shards.ts';

describe('the files that a path stands for', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-shards-'));
    await mkdir(join(folder, 'set'));
    for (const name of ['b.tar', 'a.parquet', 'c.tar.gz', 'notes.txt', '.d.tar']) {
      await writeFile(join(folder, 'set', name), '');
    }
    await writeFile(join(folder, 'outside.tar'), '');
    await symlink(join(folder, 'outside.tar'), join(folder, 'set', 'e.tar'));
    await mkdir(join(folder, 'empty'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  it.each([
    ['x-{0..2}.tar', ['x-0.tar', 'x-1.tar', 'x-2.tar']],
    ['x-{08..11}.tar', ['x-08.tar', 'x-09.tar', 'x-10.tar', 'x-11.tar']],
    ['{0..1}-{0..1}.tar', ['0-0.tar', '0-1.tar', '1-0.tar', '1-1.tar']],
    ['{3..3}-{0..1}.tar', ['3-0.tar', '3-1.tar']],
  ])('are those of the pattern %s', async (pattern, names) => {
    expect(isPattern(`/a/${pattern}`)).toBe(true);
    expect(await shardsOf(`/a/${pattern}`)).toEqual(names.map((name) => `/a/${name}`));
  });

  it.each(['x-{2..1}.tar', 'x-{0..50000}.tar', '{0..999}{0..999}.tar'])(
    'are refused for %s',
    async (pattern) => {
      await expect(shardsOf(pattern)).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
    },
  );

  it('are those in a folder, without what links lead to outside of it', async () => {
    const files = await shardsOf(join(folder, 'set'));
    expect(files.map((file) => basename(file))).toEqual(['a.parquet', 'b.tar', 'c.tar.gz']);
    await expect(shardsOf(join(folder, 'empty'))).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
  });

  it('are the path itself otherwise', async () => {
    expect(await shardsOf('/no/such/file{}.tar')).toEqual(['/no/such/file{}.tar']);
    expect(isPattern('/{0..1}/a.tar')).toBe(false);
  });
});
