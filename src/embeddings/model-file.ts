import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from '../common/index.ts';
import { modelFileDamaged, modelFileMissing } from './embeddings.errors.ts';
import type { ModelManifest } from './model-manifest.ts';

/**
 * The bytes of a model's file, checked: what was hashed is what the caller loads.
 *
 * Rejects with `MODEL_FILE_MISSING` or `MODEL_FILE_DAMAGED`.
 */
export async function readModelFile(modelsDir: string, manifest: ModelManifest): Promise<Buffer> {
  let bytes: Buffer;
  try {
    bytes = await readFile(join(modelsDir, manifest.file));
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES')) throw modelFileMissing(manifest.file);
    throw error;
  }
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== manifest.sha256) throw modelFileDamaged(manifest.file, manifest.sha256, found);
  return bytes;
}
