import fs, { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { datasetSourceContract, readAll } from '../../../test/contracts/dataset-source.contract.ts';
import { DirectorySource } from './directory.source.ts';

const { signal } = new AbortController();
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lookalike-folder-'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

async function files(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), path);
  }
}

describe('DirectorySource', () => {
  datasetSourceContract(async () => {
    await files('hat/b.jpg', 'hat/a.jpg', 'dress/a.jpg', 'dress/deep/er/c.png', 'root.jpg');
    return {
      source: new DirectorySource(root),
      reopen: () => new DirectorySource(root),
      externalIds: ['hat/b.jpg', 'hat/a.jpg', 'dress/a.jpg', 'dress/deep/er/c.png', 'root.jpg'],
      label: 'dress',
      labelled: ['dress/a.jpg', 'dress/deep/er/c.png'],
    };
  });

  it('takes the first folder for the label, sorted by name, hidden ones left out', async () => {
    await files('b/2.jpg', 'b/10.jpg', 'a a/x/1.jpg', 'c.jpg', '.git/x', 'b/.DS_Store', 'b/notes.txt');
    const images = await readAll(new DirectorySource(root));
    expect(images).toEqual(
      [['a a/x/1.jpg', 'a a'], ['b/10.jpg', 'b'], ['b/2.jpg', 'b'], ['b/notes.txt', 'b'], ['c.jpg']].map(
        ([path, ...labels]) => ({ externalId: path, labels, locations: [{ path, root }] }),
      ),
    );
  });

  it('follows links to folders inside the root, and reports those that lead out or back', async () => {
    await files('a/1.jpg', 'store/x/9.jpg');
    await symlink('/etc', join(root, 'etc'));
    await symlink('..', join(root, 'a/again'));
    await symlink('../store/x', join(root, 'a/linked'));
    await symlink('store', join(root, 'b'));
    await symlink('1.jpg', join(root, 'a/2.jpg'));
    await symlink('nowhere', join(root, 'a/3.jpg'));
    const source = new DirectorySource(root);
    const images = await readAll(source);
    expect(images.map(({ externalId, labels }) => [externalId, ...labels])).toEqual([
      ['a/1.jpg', 'a'],
      ['a/2.jpg', 'a'],
      ['a/3.jpg', 'a'],
      ['a/linked/9.jpg', 'a'],
      ['b/x/9.jpg', 'b'],
      ['store/x/9.jpg', 'store'],
    ]);
    const { first } = await source.faults(signal);
    expect(first.map(({ item, error: { message } }) => [item, message])).toEqual([
      ['a/again', expect.stringContaining('contains it')],
      ['etc', expect.stringContaining('leads out')],
    ]);
  });

  it('goes on behind a folder that cannot be read, and names that are not UTF-8', async () => {
    await files('a/1.jpg', 'b/2.jpg', 'c/3.jpg');
    await writeFile(
      Buffer.concat([Buffer.from(join(root, 'c/')), Buffer.from([0x63, 0xe9, 0x2e, 0x6a])]),
      'x',
    );
    const real = fs.readdir.bind(fs);
    const readdir = jest
      .spyOn(fs, 'readdir')
      .mockImplementation(((folder: string, options: { withFileTypes: true }) =>
        folder.endsWith('/b')
          ? Promise.reject(Object.assign(new Error('no'), { code: 'EACCES', errno: -13, syscall: 'scandir' }))
          : real(folder, options)) as never);
    try {
      const source = new DirectorySource(root);
      expect((await readAll(source)).map(({ externalId }) => externalId)).toEqual(['a/1.jpg', 'c/3.jpg']);
      const { count, first } = await source.faults(signal);
      expect(count).toBe(2);
      expect(first.map(({ error: { message } }) => message)).toEqual([
        '"b" was left out: it cannot be read (EACCES).',
        expect.stringContaining('not UTF-8'),
      ]);
    } finally {
      readdir.mockRestore();
    }
  });

  it('takes the folders in train and val for labels, or those of the level that is given', async () => {
    await files('train/dress/1.jpg', 'val/shoe/2.jpg');
    const labels = async (source: DirectorySource) =>
      (await readAll(source)).flatMap((image) => image.labels);
    expect(await labels(new DirectorySource(root))).toEqual(['dress', 'shoe']);
    expect(await labels(new DirectorySource(root, 1))).toEqual(['train', 'val']);
    expect(await new DirectorySource(root).count({ labelIds: ['shoe'] }, signal)).toBe(1);
    await files('other/boot/3.jpg');
    expect(await labels(new DirectorySource(root))).toEqual(['other', 'train', 'val']);
    expect(await labels(new DirectorySource(root, 2))).toEqual(['boot', 'dress', 'shoe']);
  });

  it('does not count a folder without files as a label', async () => {
    await files('a/1.jpg');
    await mkdir(join(root, 'empty'));
    const counting = new DirectorySource(root).count({ labelIds: ['empty'] }, signal);
    await expect(counting).rejects.toMatchObject({
      code: 'LABEL_UNKNOWN',
      details: { labels: ['empty'], near: [] },
    });
  });

  it('suggests labels with similar names', async () => {
    await files('dress/1.jpg', 'shoe/2.jpg');
    const counting = new DirectorySource(root).count({ labelIds: ['dres'] }, signal);
    await expect(counting).rejects.toMatchObject({ code: 'LABEL_UNKNOWN', details: { near: ['dress'] } });
  });

  it('says that the folder does not exist', async () => {
    const counting = new DirectorySource(join(root, 'nothing')).count({}, signal);
    await expect(counting).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
    await expect(counting).rejects.not.toThrow(root);
  });
});
