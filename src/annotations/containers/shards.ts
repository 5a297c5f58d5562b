import { open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { sourceNotFound } from '../annotations.errors.ts';
import { systemCodeOf } from '../../common/index.ts';

/** A kind of files that contain pictures. */
export type ContainerKind = 'parquet' | 'tar';

const EXTENSIONS = /\.(?:parquet|tar|tar\.gz|tgz)$/i;
/** More shards than any known data set has. */
const MAX_SHARDS = 50_000;
const TAR_MAGIC_AT = 257;

/** Whether the last part of a path stands for several files, as in "shard-{000..017}.tar". */
export function isPattern(path: string): boolean {
  return /\{\d+\.\.\d+\}/.test(basename(path));
}

/** Whether a file in a folder of shards is one of them, by its name. */
export function isShard(name: string): boolean {
  return EXTENSIONS.test(name) && !name.startsWith('.');
}

/**
 * The files that a path stands for, in the order of their names: those of a pattern; the Parquet files or tar archives
 * directly in a folder, but not what links lead to outside of it; or the path itself. Rejects with `SOURCE_NOT_FOUND`.
 */
export async function shardsOf(path: string): Promise<string[]> {
  if (isPattern(path)) {
    return expanded(basename(path)).map((name) => join(dirname(path), name));
  }
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const root = await realpath(path);
    const names = (await readdir(root)).filter(isShard).sort();
    const files = await Promise.all(names.map((name) => realpath(join(root, name))));
    const inside = files.filter((file) => file.startsWith(root + sep));
    if (inside.length === 0)
      throw sourceNotFound('There are no Parquet files and no tar archives in the folder.');
    return inside;
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw error;
    return [path];
  }
}

function expanded(pattern: string): string[] {
  const names: string[] = [];
  const left = [pattern];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [whole, first = '', last = ''] = /\{(\d+)\.\.(\d+)\}/.exec(next) ?? [];
    if (whole === undefined) names.push(next);
    else {
      const [from, to] = [Number(first), Number(last)];
      if (to < from || to - from + left.length + names.length >= MAX_SHARDS) {
        throw sourceNotFound(`The pattern must ascend and stand for at most ${MAX_SHARDS} files.`);
      }
      for (let at = to; at >= from; at -= 1)
        left.push(next.replace(whole, String(at).padStart(first.length, '0')));
    }
  }
  return names;
}

/** What a file contains pictures in, by its first bytes; undefined for all other files. */
export async function containerKindOf(file: string): Promise<ContainerKind | undefined> {
  const handle = await open(file);
  try {
    const head = Buffer.alloc(TAR_MAGIC_AT + 5);
    await handle.read(head, 0, head.length, 0);
    return kindOf(head);
  } finally {
    await handle.close();
  }
}

export function kindOf(head: Buffer): ContainerKind | undefined {
  if (head.toString('latin1', 0, 4) === 'PAR1') return 'parquet';
  return head.toString('latin1', TAR_MAGIC_AT, TAR_MAGIC_AT + 5) === 'ustar' ? 'tar' : undefined;
}
