import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ContainedPicture } from '../../annotations/index.ts';
import { FilesystemImageFetcher } from './filesystem.image-fetcher.ts';

const { signal } = new AbortController();
const fetcher = new FilesystemImageFetcher(1_000);
let folder: string;
let root: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookalike-fetch-'));
  root = join(folder, 'root');
  await mkdir(join(root, 'sub'), { recursive: true });
  await mkdir(join(folder, 'root-but-not-quite'));
  await writeFile(join(folder, 'secret'), 'secret');
  await writeFile(join(folder, 'root-but-not-quite', 'secret'), 'secret');
  await writeFile(join(root, 'sub', 'a b.jpg'), 'picture');
  await mkdir(join(root, 'images'));
  await writeFile(join(root, 'images', 'inner.jpg'), 'picture');
  await writeFile(join(root, 'caf\u00e9.jpg'), 'picture');
  await writeFile(join(root, 'Case.jpg'), 'upper');
  await writeFile(join(root, 'case.jpg'), 'lower');
  await writeFile(join(root, 'large'), Buffer.alloc(1_001));
  await writeFile(join(root, 'empty'), '');
  await symlink('sub/a b.jpg', join(root, 'inside'));
  await symlink('../secret', join(root, 'outside'));
  await symlink('..', join(root, 'up'));
  await symlink('loop', join(root, 'loop'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('FilesystemImageFetcher', () => {
  it.each(['sub/a b.jpg', './sub/../sub/a b.jpg', 'inside'])('reads %s', async (path) => {
    expect((await fetcher.fetch({ path, root }, signal)).toString()).toBe('picture');
  });

  it.each([
    ['backslashes', 'sub\\a b.jpg'],
    ['percent escapes', 'sub/a%20b.jpg'],
    ['spaces around it', ' sub/a b.jpg '],
    ['another letter case', 'Sub/A B.JPG'],
    ['the path of another machine', '/home/me/pictures/sub/a b.jpg'],
    ['a drive of Windows', 'D:\\pictures\\sub\\a b.jpg'],
    ['the other normal form of Unicode', 'cafe\u0301.jpg'],
    ['a name that lies in a usual folder', 'inner.jpg'],
  ])('finds a path with %s', async (_what, path) => {
    expect((await fetcher.fetch({ path, root }, signal)).toString()).toBe('picture');
  });

  it('takes an absolute path inside the root', async () => {
    expect((await fetcher.fetch({ path: join(root, 'sub/a b.jpg'), root }, signal)).toString()).toBe(
      'picture',
    );
  });

  it('prefers the file that is named exactly, and refuses to guess among others', async () => {
    expect((await fetcher.fetch({ path: 'Case.jpg', root }, signal)).toString()).toBe('upper');
    expect((await fetcher.fetch({ path: 'case.jpg', root }, signal)).toString()).toBe('lower');
    await expect(fetcher.fetch({ path: 'CASE.jpg', root }, signal)).rejects.toMatchObject({
      code: 'SOURCE_FILE_AMBIGUOUS',
      message: expect.stringMatching(/"Case\.jpg"|"case\.jpg"/),
    });
  });

  it('says which file it looked for, and where', async () => {
    await expect(fetcher.fetch({ path: 'no/such.jpg', root }, signal)).rejects.toThrow(
      /There is no file "no\/such\.jpg" in the folder "….*\/root"/,
    );
  });

  it('reads below a root that is itself a link', async () => {
    const link = join(folder, 'link-to-root');
    await symlink(root, link);
    expect((await fetcher.fetch({ path: 'inside', root: link }, signal)).toString()).toBe('picture');
  });

  it('reads an empty file as it is', async () => {
    expect(await fetcher.fetch({ path: 'empty', root }, signal)).toHaveLength(0);
  });

  it.each([
    ['../secret', 'IMAGE_PATH_OUTSIDE'],
    ['sub/../../secret', 'IMAGE_PATH_OUTSIDE'],
    ['..', 'IMAGE_PATH_OUTSIDE'],
    ['../root-but-not-quite/secret', 'IMAGE_PATH_OUTSIDE'],
    ['/etc/passwd', 'IMAGE_PATH_OUTSIDE'],
    ['outside', 'IMAGE_PATH_OUTSIDE'],
    ['up/secret', 'IMAGE_PATH_OUTSIDE'],
    ['nothing.jpg', 'SOURCE_FILE_NOT_FOUND'],
    ['%2e%2e/secret', 'IMAGE_PATH_OUTSIDE'],
    ['..\\secret', 'IMAGE_PATH_OUTSIDE'],
    ['C:\\secret', 'SOURCE_FILE_NOT_FOUND'],
    ['inside/x', 'SOURCE_FILE_NOT_FOUND'],
    ['a\0b', 'SOURCE_FILE_NOT_FOUND'],
    ['sub', 'SOURCE_FILE_UNREADABLE'],
    ['loop', 'SOURCE_FILE_UNREADABLE'],
    ['pipe', 'SOURCE_FILE_UNREADABLE'],
    ['x'.repeat(5_000), 'SOURCE_FILE_UNREADABLE'],
    ['large', 'FILE_TOO_LARGE'],
  ])('refuses %s', async (path, code) => {
    const fetching = fetcher.fetch({ path, root }, signal);
    await expect(fetching).rejects.toMatchObject({ code });
    await expect(fetching).rejects.not.toThrow(folder);
  });

  it('refuses an image of a folder that is gone, as any that is missing', async () => {
    const fetching = fetcher.fetch({ path: 'a.jpg', root: join(folder, 'gone') }, signal);
    await expect(fetching).rejects.toMatchObject({ code: 'SOURCE_FILE_NOT_FOUND' });
  });

  it('reads no path if the source has no folder', async () => {
    const fetching = fetcher.fetch({ path: 'inside', root: null }, signal);
    await expect(fetching).rejects.toMatchObject({ code: 'IMAGE_PATH_OUTSIDE' });
  });
});

describe('versions of files', () => {
  const places = () => [
    { path: 'sub/a b.jpg', root },
    { path: './sub/../sub/a b.jpg', root },
    { path: 'inside', root },
    { path: 'nothing.jpg', root },
    { path: 'sub', root },
    { path: '../secret', root },
    { path: 'up/../../secret', root },
    { path: 'nul\0.jpg', root },
    { path: 'sub/a b.jpg', root: null },
    {
      path: 'a.jpg',
      root: null,
      contained: { file: join(root, 'large'), name: 'a.jpg' } as ContainedPicture,
    },
    {
      path: 'b.jpg',
      root: null,
      contained: { file: join(root, 'large'), name: 'b.jpg' } as ContainedPicture,
    },
  ];

  it.each([1, 20])('are the same for many files as for each (%d times)', async (times) => {
    const many = Array.from({ length: times }, places).flat();
    const expected = await Promise.all(many.map((place) => fetcher.version(place)));
    expect(await fetcher.versions(many)).toEqual(expected);
    const known = [true, true, true, false, false, false, false, false, false, true, true];
    expect(expected.slice(0, known.length).map((version) => version !== undefined)).toEqual(known);
  });
});
