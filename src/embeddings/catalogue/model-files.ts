import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { isSystemError, NOT_A_FILE, readRegularFile } from '../../common/index.ts';
import { modelFileDamaged, modelFileMissing, modelInvalid } from '../embeddings.errors.ts';
import type { ModelFormat, ModelManifest, TextTower } from './model-manifest.ts';

/** One weights file of a TensorFlow.js model. */
export interface Shard {
  /** Relative to the folder of model.json. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The files of a network: a single one, or `model.json` and its shards in order. */
export interface ModelFiles {
  /** The ONNX file, or `model.json`. */
  readonly main: Buffer;
  /** The weights of a TensorFlow.js model, in the order of its weightsManifest; empty for ONNX. */
  readonly shards: readonly Buffer[];
  /** Of the main file followed by the shards, 64 hex digits. */
  readonly sha256: string;
  /** Length of all files together. */
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
 * Reads the files of a network without comparing them with a digest, in order to register it.
 *
 * `file` is relative to the folder. Rejects with `MODEL_FILE_MISSING`, or with `MODEL_INVALID` if
 * `model.json` does not list its shards.
 */
export async function readUncheckedFiles(
  folder: string,
  file: string,
  format: ModelFormat,
): Promise<ModelFiles> {
  const main = await readPart(folder, file);
  const parts = format === 'onnx' ? [] : shardsOf(main, file);
  const shards: Buffer[] = [];
  for (const part of parts) shards.push(await readPart(folder, join(dirname(file), part)));
  const hash = createHash('sha256').update(main);
  for (const shard of shards) hash.update(shard);
  const bytes = shards.reduce((sum, shard) => sum + shard.length, main.length);
  return { main, shards, sha256: hash.digest('hex'), bytes };
}

/** Length of all files of a network in bytes; undefined if one is missing, or if model.json does not list its shards. */
export async function findTotalLength(
  folder: string,
  { file, format }: Pick<ModelManifest, 'file' | 'format'>,
): Promise<number | undefined> {
  try {
    const shards = format === 'onnx' ? [] : shardsOf(await readPart(folder, file), file);
    const parts = [file, ...shards.map((shard) => join(dirname(file), shard))];
    const sizes = await Promise.all(parts.map(async (part) => (await stat(join(folder, part))).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch (error) {
    if (modelFileMissing.is(error) || modelInvalid.is(error) || isSystemError(error, 'ENOENT', 'ENOTDIR'))
      return undefined;
    throw error;
  }
}

/**
 * Reads the files of a network and checks them. The caller loads the very bytes that were hashed.
 *
 * Rejects with `MODEL_FILE_MISSING` or `MODEL_FILE_DAMAGED`.
 */
export async function readModelFiles(folder: string, manifest: ModelManifest): Promise<ModelFiles> {
  const files = await readUncheckedFiles(folder, manifest.file, manifest.format);
  if (files.sha256 !== manifest.sha256) throw modelFileDamaged(manifest.file, manifest.sha256, files.sha256);
  return files;
}

/** The files of a text tower. */
export interface TextFiles {
  /** The ONNX file. */
  readonly model: Uint8Array;
  /** `tokenizer.json`. */
  readonly tokenizer: Uint8Array;
}

/** Reads the files of a text tower and checks them. Rejects with `MODEL_FILE_MISSING` or `MODEL_FILE_DAMAGED`. */
export async function readTextFiles(folder: string, text: TextTower): Promise<TextFiles> {
  const [model, tokenizer] = [await readPart(folder, text.file), await readPart(folder, text.tokenizer.file)];
  for (const [bytes, { file, sha256 }] of [
    [model, text],
    [tokenizer, text.tokenizer],
  ] as const) {
    const found = createHash('sha256').update(bytes).digest('hex');
    if (found !== sha256) throw modelFileDamaged(file, sha256, found);
  }
  return { model, tokenizer };
}

/** The same for a network that consists of one file. */
export async function readModelFile(folder: string, manifest: ModelManifest): Promise<Buffer> {
  return (await readModelFiles(folder, manifest)).main;
}

async function readPart(folder: string, file: string): Promise<Buffer> {
  try {
    return await readRegularFile(join(folder, file));
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', NOT_A_FILE, 'EACCES')) throw modelFileMissing(file);
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
  if (!parsed.success)
    throw modelInvalid(file, parsed.error.issues[0]?.message ?? 'it does not list its weights');
  return parsed.data.weightsManifest.flatMap(({ paths }) => paths);
}
