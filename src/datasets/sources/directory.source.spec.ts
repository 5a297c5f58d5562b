import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
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

  it('does not follow links to folders, and leaves links to files to the fetcher', async () => {
    await files('a/1.jpg');
    await symlink('/', join(root, 'a/everything'));
    await symlink('/etc', join(root, 'etc'));
    await symlink('1.jpg', join(root, 'a/2.jpg'));
    await symlink('nowhere', join(root, 'a/3.jpg'));
    const images = await readAll(new DirectorySource(root));
    expect(images.map(({ externalId }) => externalId)).toEqual(['a/1.jpg', 'a/2.jpg', 'a/3.jpg']);
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
