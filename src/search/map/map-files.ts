import { readdir, readFile, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { isSystemError } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import { DurableFiles } from '../../datasets/index.ts';
import type { MapPoints } from './dataset-map.ts';

/** A number that no other file begins with, then the number of images and that of neighbours. */
const HEADER = 3;
const MAGIC = 0x4c_4d_41_31;

/** The files of maps: numbers of 32 bits in the order of this machine. Each is written once and then replaced. */
@Injectable()
export class MapFiles {
  private readonly directory: string;
  private readonly files: DurableFiles;

  constructor(database: Database) {
    this.directory = join(database.dataDir, 'maps');
    this.files = new DurableFiles(this.directory);
  }

  /** Writes a new file and returns its name. Rejects with `STORAGE_FULL`. */
  async write(datasetId: number, { ids, places, k, neighbours, similarities }: MapPoints): Promise<string> {
    const parts = [Uint32Array.of(MAGIC, ids.length, k), ids, places, neighbours, similarities];
    const name = `${datasetId}-${randomUUID()}.map`;
    await this.files.write(
      join(this.directory, name),
      Buffer.concat(parts.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength))),
    );
    return name;
  }

  /** Undefined if the file is missing or damaged. */
  async read(name: string): Promise<MapPoints | undefined> {
    let file;
    try {
      file = await readFile(join(this.directory, name));
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return undefined;
      throw error;
    }
    // What was read may not be aligned.
    const bytes = Uint8Array.from(file).buffer;
    if (bytes.byteLength < 4 * HEADER) return undefined;
    const [magic, count, k] = new Uint32Array(bytes, 0, HEADER) as unknown as [number, number, number];
    if (magic !== MAGIC || bytes.byteLength !== 4 * (HEADER + 3 * count + 2 * count * k)) return undefined;
    let at = 4 * HEADER;
    const next = (numbers: number) => {
      const start = at;
      at += 4 * numbers;
      return start;
    };
    return {
      ids: new Uint32Array(bytes, next(count), count),
      places: new Float32Array(bytes, next(2 * count), 2 * count),
      k,
      neighbours: new Int32Array(bytes, next(count * k), count * k),
      similarities: new Float32Array(bytes, next(count * k), count * k),
    };
  }

  /** Removes a file. Nothing happens if it is gone already. */
  async remove(name: string): Promise<void> {
    await rm(join(this.directory, name), { force: true });
  }

  /** Removes the files of a dataset but the one named. */
  async removeOthers(datasetId: number, kept?: string): Promise<void> {
    for (const name of await this.list()) {
      if (name !== kept && name.startsWith(`${datasetId}-`)) await this.remove(name);
    }
  }

  private async list(): Promise<string[]> {
    try {
      return (await readdir(this.directory)).filter((name) => name.endsWith('.map'));
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return [];
      throw error;
    }
  }
}
