import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { AppError, isSystemError } from '../../common/index.ts';
import { modelFileDamaged, modelFileMissing, modelInvalid } from '../embeddings.errors.ts';
import type { ModelFormat, ModelManifest } from './model-manifest.ts';

/** A file of weights of a TensorFlow.js model. */
export interface Shard {
  /** Beside model.json. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a network lies in, as it is read: one file, or `model.json` and its shards in their order. */
export interface ModelFiles {
  /** The ONNX file, or `model.json`. */
  readonly main: Buffer;
  /** The weights of a TensorFlow.js model, in the order of its weightsManifest; none of an ONNX model. */
  readonly shards: readonly Buffer[];
  /** Over the main file and then the shards, 64 hex digits. */
  readonly sha256: string;
  /** Of all together. */
  readonly bytes: number;
}

const modelJson = z.looseObject({
  weightsManifest: z.array(
    z.looseObject({
      paths: z.array(z.string().regex(/^[\w-][\w.-]*$/, 'a shard must be a plain file name')),
    }),
  ),
});

/**
 * Reads what a network lies in, whatever its digest: for registering it.
 *
 * `file` is relative to the folder. Rejects with `MODEL_FILE_MISSING`, or `MODEL_INVALID` where
 * `model.json` does not list its shards.
 */
export async function readUnchecked(folder: string, file: string, format: ModelFormat): Promise<ModelFiles> {
  const main = await readPart(folder, file);
  const parts = format === 'onnx' ? [] : shardsOf(main, file);
  const shards: Buffer[] = [];
  for (const part of parts) shards.push(await readPart(folder, join(dirname(file), part)));
  const hash = createHash('sha256').update(main);
  for (const shard of shards) hash.update(shard);
  const bytes = shards.reduce((sum, shard) => sum + shard.length, main.length);
  return { main, shards, sha256: hash.digest('hex'), bytes };
}

/** Bytes of all that a network lies in; undefined where a part of it is not there. */
export async function lengthOf(
  folder: string,
  { file, format }: Pick<ModelManifest, 'file' | 'format'>,
): Promise<number | undefined> {
  try {
    const shards = format === 'onnx' ? [] : shardsOf(await readPart(folder, file), file);
    const parts = [file, ...shards.map((shard) => join(dirname(file), shard))];
    const sizes = await Promise.all(parts.map(async (part) => (await stat(join(folder, part))).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch (error) {
    if (error instanceof AppError || isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/**
 * The files of a network, checked: what was hashed is what the caller loads.
 *
 * Rejects with `MODEL_FILE_MISSING` or `MODEL_FILE_DAMAGED`.
 */
export async function readModelFiles(folder: string, manifest: ModelManifest): Promise<ModelFiles> {
  const files = await readUnchecked(folder, manifest.file, manifest.format);
  if (files.sha256 !== manifest.sha256) throw modelFileDamaged(manifest.file, manifest.sha256, files.sha256);
  return files;
}

/** The bytes of a network that lies in one file, checked. Rejects as `readModelFiles` does. */
export async function readModelFile(folder: string, manifest: ModelManifest): Promise<Buffer> {
  return (await readModelFiles(folder, manifest)).main;
}

async function readPart(folder: string, file: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, file));
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES')) throw modelFileMissing(file);
    throw error;
  }
}

function shardsOf(main: Buffer, file: string): string[] {
  let json: unknown;
  try {
    json = JSON.parse(main.toString('utf8'));
  } catch {
    throw modelInvalid(file, 'it is not JSON');
  }
  const parsed = modelJson.safeParse(json);
  if (!parsed.success) throw modelInvalid(file, parsed.error.issues[0]?.message ?? 'it lists no weights');
  return parsed.data.weightsManifest.flatMap(({ paths }) => paths);
}
