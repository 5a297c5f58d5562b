import type { Dirent } from 'node:fs';
import fs, { realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { sourceNotFound } from '../../annotations/index.ts';
import { systemCodeOf } from '../../common/index.ts';
import { sourceFolderSkipped } from '../datasets.errors.ts';
import type { SourceFault } from './dataset-source.port.ts';

/** A file below the root of a walk. */
export interface FoundFile {
  /** The names of the folders that lead to it, without the root's. */
  readonly folders: readonly string[];
  readonly name: string;
}

interface Place {
  readonly folders: readonly string[];
  /** Its path once links are followed. */
  readonly real: string;
}

/**
 * Finds all files below a folder, in the order of their names; hidden ones are left out. Links to folders are followed
 * inside the root. What cannot be walked is a fault and does not end the walk: folders that cannot be read, links
 * that lead out of the root or back to a folder above, and names that are not UTF-8.
 */
export class DirectoryWalk {
  readonly faults: SourceFault[] = [];

  constructor(private readonly root: string) {}

  /** `enter` says whether to look into a folder of the root. Rejects with `SOURCE_NOT_FOUND` if the root cannot be read. */
  async *files(enter: (folder: string) => boolean, signal: AbortSignal): AsyncGenerator<FoundFile> {
    const real = await realpath(this.root).catch((error: unknown) => {
      throw unreadable(error);
    });
    yield* this.walk({ folders: [], real }, real, enter, signal);
  }

  /** The names of the folders directly below the root. */
  async folders(): Promise<string[]> {
    const entries = await this.entriesOf(this.root);
    return entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map(({ name }) => name);
  }

  private async *walk(
    { folders, real }: Place,
    root: string,
    enter: (folder: string) => boolean,
    signal: AbortSignal,
  ): AsyncGenerator<FoundFile> {
    let entries: Dirent[];
    try {
      entries = await this.entriesOf(real);
    } catch (error) {
      if (folders.length === 0) throw error;
      this.skip(folders, `it cannot be read (${systemCodeOf(error) ?? 'unknown error'})`);
      return;
    }
    for (const entry of entries) {
      signal.throwIfAborted();
      const { name } = entry;
      if (folders.length === 0 && !enter(name) && !entry.isFile()) continue;
      if (name.includes('\uFFFD')) {
        this.skip([...folders, name], 'its name is not UTF-8. Rename it');
        continue;
      }
      const below = { folders: [...folders, name], real: join(real, name) };
      if (entry.isDirectory()) yield* this.walk(below, root, enter, signal);
      else if (entry.isFile()) yield { folders, name };
      else if (entry.isSymbolicLink()) {
        const target = await targetOf(below.real);
        if (target === 'file') yield { folders, name };
        else if (target !== undefined) {
          const problem = problemWith(target, real, root);
          if (problem === undefined) yield* this.walk({ ...below, real: target.real }, root, enter, signal);
          else this.skip(below.folders, problem);
        }
      }
    }
  }

  private skip(folders: readonly string[], problem: string): void {
    const item = folders.join('/');
    this.faults.push({ item, error: sourceFolderSkipped(item, problem) });
  }

  private async entriesOf(folder: string): Promise<Dirent[]> {
    try {
      const entries = await fs.readdir(folder, { withFileTypes: true });
      return entries
        .filter(({ name }) => !name.startsWith('.'))
        .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    } catch (error) {
      throw folder === this.root ? unreadable(error) : error;
    }
  }
}

function unreadable(error: unknown): unknown {
  const code = systemCodeOf(error);
  return code === undefined ? error : sourceNotFound(`The folder cannot be read (${code}).`);
}

/** What a link leads to; a broken link counts as a file, whose import fails; undefined for pipes and the like. */
async function targetOf(path: string): Promise<{ readonly real: string } | 'file' | undefined> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) return { real: await realpath(path) };
    return stats.isFile() ? 'file' : undefined;
  } catch {
    return 'file';
  }
}

/** Why a link in `folder` that leads to a folder is not followed. */
function problemWith({ real }: { readonly real: string }, folder: string, root: string): string | undefined {
  if (real !== root && !real.startsWith(root + sep)) {
    return 'it is a link that leads out of the imported folder. Import the folder that it leads to';
  }
  if (folder === real || folder.startsWith(real + sep)) return 'it is a link to a folder that contains it';
  return undefined;
}
