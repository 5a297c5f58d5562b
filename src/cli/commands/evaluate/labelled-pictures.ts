import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from '../../../common/app-error.ts';
import type { LabelledQuery } from '../../../search/index.ts';
import { readPictureFile } from '../../read-picture.ts';
import { folderNotFound } from '../../../common/file.errors.ts';

/** The pictures of a folder, each with the name of its sub-folder as its label, in a stable order. */
export async function* labelledPictures(folder: string): AsyncGenerator<LabelledQuery> {
  for (const label of await subfolders(folder)) {
    const files = await readdir(join(folder, label), { withFileTypes: true });
    for (const { name } of files.filter((file) => file.isFile() && !file.name.startsWith('.')).sort(byName)) {
      const picture = async () => ({ bytes: await readPictureFile(join(folder, label, name)) });
      yield { labels: [label], picture };
    }
  }
}

async function subfolders(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .sort(byName)
      .map(({ name }) => name);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) {
      throw folderNotFound(folder);
    }
    throw error;
  }
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}
