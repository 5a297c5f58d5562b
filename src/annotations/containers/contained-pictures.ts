import { open, stat } from 'node:fs/promises';
import { LRUCache } from 'lru-cache';
import { propertyOf } from '../json/json-values.ts';
import type { ContainedPicture } from './contained-picture.ts';
import { ParquetFile, type RowGroup } from './parquet-file.ts';

/** Pictures are read in the order of their rows, several at once, so two groups are in use where one ends. */
const MAX_GROUPS = 2;
/** How long a group is kept that nobody reads from, in milliseconds. */
const GROUP_TTL = 20_000;

interface LoadedGroup extends RowGroup {
  readonly values: ArrayLike<unknown>;
}

/** Reads pictures from inside other files. Groups of rows of Parquet are unpacked once for all of their pictures. */
export class ContainedPictures {
  private readonly groups = new LRUCache<string, Promise<LoadedGroup | undefined>>({
    max: MAX_GROUPS,
    ttl: GROUP_TTL,
    ttlAutopurge: true,
    updateAgeOnGet: true,
  });

  /**
   * The bytes of a picture, or how many it has if these are more than `maxBytes`; undefined if there is none. Rejects
   * with what the file system says, and with `ANNOTATIONS_INVALID` if the file is damaged.
   */
  async read({ file, at }: ContainedPicture, maxBytes: number): Promise<Buffer | number | undefined> {
    if ('offset' in at) return at.bytes > maxBytes ? at.bytes : rangeOf(file, at.offset, at.bytes);
    const group = await this.groupAt(file, at.column, at.row);
    const value = group?.values[at.row - group.from];
    const bytes = value instanceof Uint8Array ? value : propertyOf(value, 'bytes');
    if (!(bytes instanceof Uint8Array)) return undefined;
    return bytes.length > maxBytes ? bytes.length : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  private async groupAt(file: string, column: string, row: number): Promise<LoadedGroup | undefined> {
    const { size, mtimeMs } = await stat(file);
    for (const key of this.groups.keys()) {
      const [known, from, to] = JSON.parse(key) as [string, number, number];
      if (known === stateOf(file, column, size, mtimeMs) && row >= from && row < to)
        return this.groups.get(key);
    }
    const parquet = await ParquetFile.open(file);
    try {
      const range = parquet.groupOf(row);
      if (range === undefined) return undefined;
      const key = JSON.stringify([stateOf(file, column, size, mtimeMs), range.from, range.to]);
      const known = this.groups.get(key);
      if (known !== undefined) return await known;
      const loading = parquet.read(column, range, true).then((values) => ({ ...range, values }));
      this.groups.set(key, loading);
      return await loading.catch((error: unknown) => {
        this.groups.delete(key);
        throw error;
      });
    } finally {
      await parquet.close();
    }
  }
}

function stateOf(file: string, column: string, size: number, mtimeMs: number): string {
  return [file, column, size, mtimeMs].join(':');
}

async function rangeOf(file: string, offset: number, length: number): Promise<Buffer | undefined> {
  const handle = await open(file);
  try {
    const bytes = Buffer.allocUnsafeSlow(length);
    const { bytesRead } = await handle.read(bytes, 0, length, offset);
    return bytesRead < length ? undefined : bytes;
  } finally {
    await handle.close();
  }
}
