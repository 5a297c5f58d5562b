import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isSystemError } from '../../common/index.ts';
import { FileLock } from '../../database/index.ts';
import { isSameVariant, readManifest, variantName } from '../catalogue/model-catalogue.ts';
import { lengthOf, type Shard } from '../catalogue/model-files.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import { modelAmbiguous, modelExists, modelNotRegistered } from './registry.errors.ts';

/** Which of the variants of a model. */
export interface VariantFilter {
  readonly precision?: string;
  readonly format?: string;
}

/** How long one change waits for others to end. */
const LOCK_TIMEOUT_MS = 30_000;

/**
 * The user's folder of models: `manifest.json`, and the files and folders it names. Each change is whole or not
 * there, however the process ends, and several processes may change it at once.
 */
export class ModelFolder {
  constructor(
    /** Absolute; made when it is first written to. */
    readonly path: string,
  ) {}

  async entries(): Promise<ModelManifest[]> {
    return (await readManifest(this.path)) ?? [];
  }

  /**
   * Writes the file of a model, or its folder, and lists it. A model that is there already as it is, is left alone.
   *
   * `file`, `sha256` and `bytes` of the entry follow from the content. Rejects with `MODEL_EXISTS`
   * where there is another of this id, precision and format.
   */
  async add(
    entry: Omit<ModelManifest, 'file' | 'sha256' | 'bytes'>,
    content: Uint8Array,
    shards: readonly Shard[] = [],
  ): Promise<ModelManifest> {
    const parts = [content, ...shards.map(({ bytes }) => bytes)];
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    const sha256 = hash.digest('hex');
    // Named after its content: a new file never takes the place of one that an entry, or a process, relies on.
    const name = `${entry.id}-${kindOf(entry)}-${sha256.slice(0, 8)}`;
    const file = entry.format === 'onnx' ? `${name}.onnx` : `${name}/model.json`;
    const bytes = parts.reduce((sum, { length }) => sum + length, 0);
    const listed: ModelManifest = { ...entry, file, sha256, bytes };
    return this.exclusively(async () => {
      const entries = await this.entries();
      const other = entries.find((model) => isSameVariant(model, listed));
      if (other !== undefined && !isSame(other, listed)) throw modelExists(entry, 'registered');
      if (entry.format === 'onnx') await writeWhole(join(this.path, file), content);
      else await this.writeFolder(name, [{ name: 'model.json', bytes: content }, ...shards]);
      if (other !== undefined) return other;
      await this.write([...entries, listed]);
      return listed;
    });
  }

  /**
   * Takes a model off the list, then deletes its file.
   *
   * Rejects with `MODEL_NOT_REGISTERED`, `MODEL_AMBIGUOUS` where several fit, or what `mayRemove`
   * rejects with, which is asked before.
   */
  async remove(
    id: string,
    filter: VariantFilter = {},
    mayRemove: (model: ModelManifest) => Promise<void> = async () => undefined,
  ): Promise<ModelManifest> {
    return this.exclusively(async () => {
      const entries = await this.entries();
      const fitting = entries.filter(
        (model) =>
          model.id === id &&
          (filter.precision ?? model.precision) === model.precision &&
          (filter.format ?? model.format) === model.format,
      );
      const [removed, ...others] = fitting;
      if (removed === undefined) throw modelNotRegistered(id, entries.map(variantName));
      if (others.length > 0) throw modelAmbiguous(id, fitting.map(variantName));
      await mayRemove(removed);
      const left = entries.filter((model) => model !== removed);
      await this.write(left);
      const part = removed.format === 'onnx' ? removed.file : dirname(removed.file);
      const isShared = left.some(({ file }) => file === removed.file);
      if (!isShared) await rm(join(this.path, part), { recursive: true, force: true });
      return removed;
    });
  }

  /** Whether the model's file is there at its full length. Its digest is checked when it is loaded. */
  async isComplete(model: ModelManifest): Promise<boolean> {
    return isComplete(this.path, model);
  }

  /** One at a time among all processes that use the folder. */
  async exclusively<Result>(work: () => Promise<Result>, name = 'manifest'): Promise<Result> {
    await mkdir(this.path, { recursive: true });
    return FileLock.during(join(this.path, `.${name}.lock`), LOCK_TIMEOUT_MS, work);
  }

  /** Whole under its name, or not there: what was there before is of the same digest, and may be damaged. */
  private async writeFolder(name: string, files: readonly Shard[]): Promise<void> {
    const [place, partial, former] = [name, `.${name}.partial`, `.${name}.former`].map((each) =>
      join(this.path, each),
    ) as [string, string, string];
    // What a process left that was killed; others are kept out by the lock.
    for (const left of [partial, former]) await rm(left, { recursive: true, force: true });
    try {
      await mkdir(partial);
      for (const file of files) await writeWhole(join(partial, file.name), file.bytes);
      await rename(place, former).catch((error: unknown) => {
        if (!isSystemError(error, 'ENOENT')) throw error;
      });
      await rename(partial, place);
    } finally {
      for (const left of [partial, former]) await rm(left, { recursive: true, force: true });
    }
    await syncFolder(this.path);
  }

  private async write(models: readonly ModelManifest[]): Promise<void> {
    const ordered = models.map(inOrder);
    await writeWhole(join(this.path, 'manifest.json'), `${JSON.stringify({ models: ordered }, null, 2)}\n`);
  }
}

/** Whether all files of a model are there, with the length that its entry says. */
export async function isComplete(folder: string, model: ModelManifest): Promise<boolean> {
  return (await lengthOf(folder, model)) === model.bytes;
}

/** As keys and names of files tell variants apart. */
function kindOf({ format, precision }: Pick<ModelManifest, 'format' | 'precision'>): string {
  return format === 'onnx' ? precision : `${format}-${precision}`;
}

/** What tells a model from others comes first, for people who read the manifest. */
function inOrder(model: ModelManifest): ModelManifest {
  const { id, revision, precision, format, file, sha256, bytes, ...rest } = model;
  return { id, revision, precision, format, file, sha256, bytes, ...rest };
}

function isSame(a: ModelManifest, b: ModelManifest): boolean {
  const facts = ({ sha256, input, output, dimension, preprocessing }: ModelManifest) => {
    const { resize, crop, mean, std, layout } = preprocessing;
    return JSON.stringify([sha256, input, output, dimension, resize, crop, mean, std, layout]);
  };
  return facts(a) === facts(b);
}

/** Writes beside the place, to the disk, and then moves it there: what has the name is whole. */
async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    const file = await open(partial, 'w');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
