import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { fileSize, isSystemError, nearNames } from '../../common/index.ts';
import { FileLock } from '../../database/index.ts';
import { findManifest, isSameVariant, variantName } from '../catalogue/model-catalogue.ts';
import { findTotalLength, type Shard, type TextFiles } from '../catalogue/model-files.ts';
import { ModelLocations } from '../catalogue/model-locations.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import { modelAmbiguous, modelExists } from './registry.errors.ts';
import { modelNotRegistered } from '../embeddings.errors.ts';

/** Narrows the variants of a model; whatever is omitted may be anything. */
export interface VariantFilter {
  readonly precision?: string;
  readonly format?: string;
}

/** How long a change waits for others to finish. */
const LOCK_TIMEOUT_MS = 30_000;

/**
 * The user's folder of models: `manifest.json` and the files and folders it names. However a process
 * ends, a change has either been made completely or not at all, and several processes may change the
 * folder at once.
 */
@Injectable()
export class ModelFolder {
  /** Absolute; created when it is first written to. */
  readonly path: string;

  constructor({ user }: ModelLocations) {
    this.path = user;
  }

  async listModels(): Promise<ModelManifest[]> {
    return (await findManifest(this.path, 'user')) ?? [];
  }

  /**
   * Writes the files of a model and lists it in the manifest. The files of a model that is already
   * listed are written again, which repairs them.
   *
   * `file`, `sha256` and `bytes` of the entry are derived from the content. Rejects with `MODEL_EXISTS`
   * if there is a different model with this id, precision and format. The text tower of a model may be added or
   * replaced, since the vectors of pictures do not depend on it.
   */
  async addModel(
    entry: Omit<ModelManifest, 'file' | 'sha256' | 'bytes'>,
    content: Uint8Array,
    shards: readonly Shard[] = [],
    textFiles?: TextFiles,
  ): Promise<ModelManifest> {
    const parts = [content, ...shards.map(({ bytes }) => bytes)];
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    const sha256 = hash.digest('hex');
    // Named after the content, so that a new file never replaces one on which an entry or a process relies.
    const name = `${entry.id}-${kindOf(entry)}-${sha256.slice(0, 8)}`;
    const file = entry.format === 'onnx' ? `${name}.onnx` : `${name}/model.json`;
    const bytes = parts.reduce((sum, { length }) => sum + length, 0);
    const listed: ModelManifest = { ...entry, file, sha256, bytes };
    return this.exclusively(async () => {
      const entries = await this.listModels();
      const other = entries.find((model) => isSameVariant(model, listed));
      if (other !== undefined && !isSame(other, listed)) throw modelExists(entry, 'registered');
      if (entry.format === 'onnx') await writeWhole(join(this.path, file), content);
      else await this.writeFolder(name, [{ name: 'model.json', bytes: content }, ...shards]);
      if (listed.text !== undefined && textFiles !== undefined) {
        await writeWhole(join(this.path, listed.text.file), textFiles.model);
        await writeWhole(join(this.path, listed.text.tokenizer.file), textFiles.tokenizer);
      }
      const keepsText = listed.text === undefined || isDeepStrictEqual(listed.text, other?.text);
      if (other !== undefined && keepsText) return other;
      const rest = entries.filter((model) => model !== other);
      await this.writeManifest([...rest, listed]);
      if (other !== undefined) await this.deleteFiles(other, [...rest, listed]);
      return listed;
    });
  }

  /**
   * Removes a model from the manifest and then deletes its files. `mayRemove` is called first and
   * prevents it by rejecting.
   *
   * Rejects with `MODEL_UNKNOWN`, with `MODEL_AMBIGUOUS` if several models fit, or as `mayRemove` does.
   */
  async removeModel(
    id: string,
    filter: VariantFilter = {},
    mayRemove: (model: ModelManifest) => Promise<void> = async () => undefined,
  ): Promise<ModelManifest> {
    return this.exclusively(async () => {
      const entries = await this.listModels();
      const fitting = entries.filter(
        (model) =>
          model.id === id &&
          (filter.precision ?? model.precision) === model.precision &&
          (filter.format ?? model.format) === model.format,
      );
      const [removed, ...others] = fitting;
      if (removed === undefined) {
        const ids = entries.map((model) => model.id);
        throw modelNotRegistered(id, entries.map(variantName), nearNames(id, ids));
      }
      if (others.length > 0) throw modelAmbiguous(id, fitting.map(variantName));
      await mayRemove(removed);
      const left = entries.filter((model) => model !== removed);
      await this.writeManifest(left);
      await this.deleteFiles(removed, left);
      return removed;
    });
  }

  /** Whether the model's files exist at their full length. Their digest is checked when they are loaded. */
  async isComplete(model: ModelManifest): Promise<boolean> {
    return isComplete(this.path, model);
  }

  /** Runs `work` while no other process does work of the same name on the folder. */
  async exclusively<Result>(work: () => Promise<Result>, name = 'manifest'): Promise<Result> {
    await mkdir(this.path, { recursive: true });
    return FileLock.during(join(this.path, `.${name}.lock`), LOCK_TIMEOUT_MS, work);
  }

  /** Deletes the files of a model that none of those left in the manifest has. */
  private async deleteFiles(removed: ModelManifest, left: readonly ModelManifest[]): Promise<void> {
    const kept = new Set(left.flatMap(filesOf));
    for (const file of filesOf(removed).filter((each) => !kept.has(each))) {
      const part = file.includes('/') ? dirname(file) : file;
      await rm(join(this.path, part), { recursive: true, force: true });
    }
  }

  /** Writes a folder completely or not at all. If it exists, its content has the same digest but may be damaged. */
  private async writeFolder(name: string, files: readonly Shard[]): Promise<void> {
    const [place, partial, former] = [name, `.${name}.partial`, `.${name}.former`].map((each) =>
      join(this.path, each),
    ) as [string, string, string];
    // Left behind by a process that was killed. The lock keeps others out.
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

  private async writeManifest(models: readonly ModelManifest[]): Promise<void> {
    const ordered = models.map(inOrder);
    await writeWhole(join(this.path, 'manifest.json'), `${JSON.stringify({ models: ordered }, null, 2)}\n`);
  }
}

/** Whether all files of a model exist, with the length given by its entry. */
export async function isComplete(folder: string, model: ModelManifest): Promise<boolean> {
  if ((await findTotalLength(folder, model)) !== model.bytes) return false;
  const parts = model.text === undefined ? [] : [model.text, model.text.tokenizer];
  const sizes = await Promise.all(parts.map(({ file }) => fileSize(join(folder, file))));
  return parts.every(({ bytes }, at) => bytes === sizes[at]);
}

/** Relative to the folder: the main file, and those of the text tower. */
function filesOf({ file, text }: ModelManifest): string[] {
  return text === undefined ? [file] : [file, text.file, text.tokenizer.file];
}

/** Distinguishes variants in the names of files, as in `NetworkIdentity.key`. */
function kindOf({ format, precision }: Pick<ModelManifest, 'format' | 'precision'>): string {
  return format === 'onnx' ? precision : `${format}-${precision}`;
}

/** For people who read the manifest, what identifies a model comes first. */
function inOrder(model: ModelManifest): ModelManifest {
  const { id, revision, precision, format, file, sha256, bytes, ...rest } = model;
  return { id, revision, precision, format, file, sha256, bytes, ...rest };
}

function isSame(a: ModelManifest, b: ModelManifest): boolean {
  const facts = ({ sha256, input, output, dimension, preprocessing }: ModelManifest) => {
    const { resize, crop, mean, std, layout, fit = 'crop', interpolation = 'bicubic' } = preprocessing;
    const seen = [resize, crop, mean, std, layout, fit, interpolation];
    return JSON.stringify([sha256, input, output, dimension, ...seen]);
  };
  return facts(a) === facts(b);
}

/** Writes and flushes a temporary file and then renames it, so that a file with this name is always complete. */
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
